import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireInstanceLock } from '../../src/platform/instance-lock.ts';

const built = new URL('../../dist/src/platform/instance-lock.js', import.meta.url).href;

describe('the instance lock', () => {
  let parent: string;
  let dir: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'facegate-lock-'));
    dir = join(parent, 'state');
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    rmSync(parent, { recursive: true, force: true });
  });

  const holdInAnotherProcess = async (): Promise<ChildProcess> => {
    const program = `
      const { acquireInstanceLock } = await import(${JSON.stringify(built)});
      await acquireInstanceLock(${JSON.stringify(dir)});
      console.log('held');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = holder;
    await once(holder.stdout!, 'data');
    return holder;
  };

  it('makes the folder and is free again once closed', async () => {
    const first = await acquireInstanceLock(dir);
    await expect(acquireInstanceLock(dir)).rejects.toThrow(dir);
    await first.close();
    await (await acquireInstanceLock(dir)).close();
  });

  it('tells a second daemon which folder is taken, by whatever path it comes', async () => {
    await holdInAnotherProcess();
    const alias = join(parent, 'alias');
    symlinkSync(dir, alias);
    for (const path of [dir, `${dir}/../state`, alias])
      await expect(acquireInstanceLock(path)).rejects.toMatchObject({
        name: 'StartupError',
        message: expect.stringContaining(dir),
      });
    await (await acquireInstanceLock(join(parent, 'other'))).close();
  });

  it('is freed by the kernel when its holder is killed', async () => {
    const holder = await holdInAnotherProcess();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await acquireInstanceLock(dir)).close();
  });
});
