import { chmod, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkClock, checkDisk, checkFfmpeg, checkNode } from '../../../src/cli/doctor/machine.ts';
import { checkKey } from '../../../src/cli/doctor/store.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-doctor-'));
});
afterAll(() => rm(folder, { recursive: true }));

const terminal = (env: Record<string, string>): Terminal => ({
  env,
  print: () => {},
  note: () => {},
  readInput: async () => '',
  stopped: new AbortController().signal,
  die: code => {
    throw new Error(`ended with ${code}`);
  },
});

describe('the doctor about the machine', () => {
  it.each([
    ['20.19.0', 'x64', 'ok'],
    ['24.1.0', 'arm64', 'ok'],
    ['20.18.3', 'x64', 'fail'],
    ['18.20.0', 'x64', 'fail'],
    ['22.0.0', 'riscv64', 'fail'],
  ])('takes Node %s on %s as %s', (version, arch, status) => {
    expect(checkNode(version, arch).status).toBe(status);
  });

  it('finds what an ffmpeg was built without', async () => {
    const file = join(folder, 'ffmpeg');
    const lists = 'case "$2" in -decoders) echo " V..... mjpeg x";; *) ffmpeg "$@";; esac';
    await writeFile(
      file,
      `#!/bin/sh\nexport PATH=/usr/bin:/bin\n[ "$1" = -version ] && exec ffmpeg -version\n${lists}\n`,
    );
    await chmod(file, 0o755);
    const { finding, ffmpeg } = await checkFfmpeg(terminal({ FFMPEG_PATH: file, PATH: '/usr/bin:/bin' }));
    expect(finding).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/without decoder h264, decoder hevc:/),
    });
    expect(ffmpeg).toBeUndefined();
  });

  it('warns where decoders could outlive a daemon that is killed', async () => {
    const { finding } = await checkFfmpeg(terminal({ FFMPEG_PATH: '/usr/bin/ffmpeg', PATH: folder }));
    expect(finding).toMatchObject({ status: 'warn', message: expect.stringContaining('setpriv') });
  });

  it('says that there is no ffmpeg, and how to get one', async () => {
    const { finding } = await checkFfmpeg(terminal({ PATH: '/nowhere' }));
    expect(finding).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('apt-get install -y ffmpeg'),
    });
  });

  it('notices a clock from before the last change of the store', async () => {
    const store = join(folder, 'data.mdb');
    await writeFile(store, '');
    await utimes(store, new Date(), new Date(Date.now() + 3_600_000));
    expect(await checkClock(folder)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('set it'),
    });
    await rm(store);
    expect((await checkClock(folder)).status).not.toBe('fail');
  });

  it('looks at the disk where the store will be, and leaves nothing behind', () => {
    expect(checkDisk(join(folder, 'not', 'yet'))).toMatchObject({ status: 'ok', facts: { folder } });
    expect(checkDisk(folder).status).toBe('ok');
  });

  it('says that a file system which takes no writes must be mounted for them', () => {
    expect(checkDisk('/proc')).toMatchObject({ status: 'fail' });
  });

  it('warns of a key that others may read, and misses one that is gone', async () => {
    const key = join(folder, 'store.key');
    expect(checkKey(folder, terminal({})).status).toBe('ok');
    await writeFile(join(folder, 'data.mdb'), '');
    expect(checkKey(folder, terminal({})).status).toBe('fail');
    expect(checkKey(folder, terminal({ FACEGATE_STORE_KEY: 'ab'.repeat(32) })).status).toBe('ok');
    await writeFile(key, 'ab'.repeat(32), { mode: 0o644 });
    expect(checkKey(folder, terminal({}))).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('chmod 600'),
    });
    await chmod(key, 0o600);
    expect(checkKey(folder, terminal({})).status).toBe('ok');
  });
});
