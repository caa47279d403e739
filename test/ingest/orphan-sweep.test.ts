import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Ffmpeg } from '../../src/ingest/ffmpeg-locator.ts';
import { INSTANCE_VARIABLE } from '../../src/ingest/ffmpeg-process.ts';
import { sweepOrphans } from '../../src/ingest/orphan-sweep.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { installedFfmpeg, procFile } from './watched-camera.ts';

/** Something that goes on for ever and does next to nothing. */
const FOREVER = ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'color=size=16x16:rate=1', '-f', 'null', '-'];

describe('the sweep at the start', () => {
  const node = `sweep${process.pid}`;
  const started: number[] = [];
  const children: ChildProcess[] = [];
  const log: string[] = [];
  let ffmpeg: Ffmpeg;

  beforeAll(async () => {
    ffmpeg = await installedFfmpeg();
  });
  afterEach(async () => {
    for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await Promise.all(
      children.splice(0).map(async child => {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }
      }),
    );
    log.splice(0);
  });

  /** An ffmpeg whose parent has ended, with the mark in its environment; its process id. */
  async function orphan(mark: string | undefined, program = ffmpeg.file): Promise<number> {
    const script = `"$0" "$@" </dev/null >/dev/null 2>&1 & echo $!`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script, program, ...FOREVER], {
      env: mark === undefined ? {} : { [INSTANCE_VARIABLE]: mark },
    });
    const pid = Number(stdout);
    started.push(pid);
    return pid;
  }

  /** An ffmpeg that is a child of this process, as of a daemon. */
  function child(mark: string): number {
    const process = spawn(ffmpeg.file, FOREVER, { env: { [INSTANCE_VARIABLE]: mark }, stdio: 'ignore' });
    children.push(process);
    return process.pid!;
  }

  const sweep = (changes: { node?: string; runId?: string; program?: string } = {}) =>
    sweepOrphans({
      ...{ node, runId: 'now', program: ffmpeg.file },
      ...changes,
      log: createLogger({ level: 'debug', write: line => void log.push(line) }),
    });

  it('ends what earlier runs of this node left behind, and says how many', async () => {
    const left = [
      await orphan(`${node}-before`),
      await orphan(`${node}-before`),
      await orphan(`${node}-m1x0z`),
    ];
    expect(left.every(isAlive)).toBe(true);
    expect(await sweep()).toBe(3);
    expect(left.filter(isAlive)).toEqual([]);
    expect(log.map(line => JSON.parse(line) as object)).toMatchObject([{ level: 'warn', processes: 3 }]);
  });

  it('ends what is stopped, too', async () => {
    const stopped = await orphan(`${node}-before`);
    process.kill(stopped, 'SIGSTOP');
    expect(await sweep()).toBe(1);
    expect(isAlive(stopped)).toBe(false);
  });

  it('says nothing where there is nothing to do', async () => {
    expect(await sweep()).toBe(0);
    expect(log).toEqual([]);
  });

  it.each([
    ['of this run', () => `${node}-now`],
    ['of another node', () => `other${node}-before`],
    ['of a node whose name begins with that of this one', () => `${node}-2-before`],
    ['of a node whose name begins with that of this one, without a break', () => `${node}2-before`],
    ['with a mark that is no mark', () => `${node}-`],
    ['without a mark', () => undefined],
  ])('spares an ffmpeg %s', async (_, mark) => {
    const spared = await orphan(mark());
    expect(await sweep()).toBe(0);
    expect(isAlive(spared)).toBe(true);
  });

  it('spares the children of a daemon of the same name that lives', async () => {
    const spared = child(`${node}-before`);
    await expect.poll(() => procFile(spared, 'environ')).toContain(node);
    expect(await sweepFromAnotherProcess()).toBe(0);
    expect(isAlive(spared)).toBe(true);
  });

  describe('of other programs', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'facegate-sweep-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('spares what bears the mark, but runs no ffmpeg', async () => {
      const script = 'sleep 60 </dev/null >/dev/null 2>&1 & echo $!';
      const { stdout } = await promisify(execFile)('sh', ['-c', script], {
        env: { [INSTANCE_VARIABLE]: `${node}-before`, PATH: process.env.PATH! },
      });
      started.push(Number(stdout));
      expect(await sweep()).toBe(0);
      expect(isAlive(Number(stdout))).toBe(true);
    });

    it('ends an ffmpeg of another name where that is the one in use, also after an update', async () => {
      const program = join(folder, 'ffmpeg-7');
      await copyFile(ffmpeg.file, program);
      const left = await orphan(`${node}-before`, program);
      expect(await sweep()).toBe(0);
      await rm(program);
      expect(await sweep({ program })).toBe(1);
      expect(isAlive(left)).toBe(false);
    });
  });

  /** The sweep of a second daemon: this process itself counts as the parent of what is to be spared. */
  async function sweepFromAnotherProcess(): Promise<number> {
    const module = new URL('../../dist/src/ingest/orphan-sweep.js', import.meta.url).href;
    const program = `import { sweepOrphans } from ${JSON.stringify(module)};
      const log = { warn() {}, error() {} };
      console.log(await sweepOrphans({ node: ${JSON.stringify(node)}, runId: 'now', program: ${JSON.stringify(ffmpeg.file)}, log }));`;
    const args = ['--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return Number(stdout);
  }
});

/** Whether a process of this id runs; a zombie does not. */
function isAlive(pid: number): boolean {
  const status = procFile(pid, 'stat');
  return status !== '' && status.slice(status.lastIndexOf(')') + 2)[0] !== 'Z';
}
