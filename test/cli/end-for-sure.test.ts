import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/config/paths.ts';
import { writeConfig } from '../support/daemon-process.ts';

/** Throws as soon as the program would hear of it; with `hangs`, the end of the process then waits for ever, as it may for lmdb's thread. */
const fault = (hangs: boolean) => `
  ${hangs ? "process.on('exit', () => { for (;;); });" : ''}
  const due = setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0) return;
    clearInterval(due);
    throw new Error('made for this test');
  }, 5);`;

describe('a daemon with an error that nobody expected', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-end-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const endOf = async (hangs: boolean) => {
    const config = await writeConfig({ folder, config: ['http: { port: 0 }', 'mqtt: { url: embedded }'] });
    const main = join(packageRoot(), 'dist', 'src', 'main.js');
    const hook = `data:text/javascript,${encodeURIComponent(fault(hangs))}`;
    const child = spawn(process.execPath, ['--import', hook, main, '--config', config, 'serve'], {
      stdio: 'ignore',
    });
    const [code, signal] = await once(child, 'exit');
    return { code, signal };
  };

  it('ends with 70', async () => {
    expect(await endOf(false)).toEqual({ code: 70, signal: null });
  });

  it('is killed from outside where its end hangs', async () => {
    expect(await endOf(true)).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
