import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartupError } from '../../src/domain/errors.ts';
import { locateFfmpeg } from '../../src/ingest/ffmpeg-locator.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-locator-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program that answers as an ffmpeg of that version would. */
async function program(name: string, version: string, library: string): Promise<string> {
  const file = join(folder, name);
  const text = `ffmpeg version ${version} Copyright (c)\nlibavutil      57. 28.100 / 57. 28.100\n${library}`;
  await writeFile(file, `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
  await chmod(file, 0o755);
  return file;
}

describe('the search for ffmpeg', () => {
  it('finds the one of this machine and reads its version', async () => {
    const found = await locateFfmpeg({ searchPath: process.env.PATH ?? '' });
    expect(found.file).toMatch(/\/ffmpeg$/);
    expect(found.version).not.toBe('');
    expect(found.gate).toBe(true);
  });

  it('takes the configured one before the one on PATH', async () => {
    const file = await program('my-ffmpeg', '7.1.2', 'libavformat    61.  7.100 / 61.  7.100');
    const found = await locateFfmpeg({ configured: file, searchPath: process.env.PATH ?? '' });
    expect(found).toMatchObject({ file, version: '7.1.2', fpsMode: true });
  });

  it.each([
    ['5.0.1', 'libavformat    59. 16.100 / 59. 16.100', false],
    ['5.1.9-0+deb12u1', 'libavformat    59. 27.100 / 59. 27.100', true],
    ['N-119999-gabcdef', 'libavformat    62.  1.100 / 62.  1.100', true],
  ])('knows what version %s can do', async (version, library, fpsMode) => {
    const configured = await program(`ffmpeg-${version}`, version, library);
    expect(await locateFfmpeg({ configured, searchPath: '' })).toEqual({
      file: configured,
      version,
      fpsMode,
      gate: false,
    });
  });

  it.each([
    ['is on no PATH', async () => ({ searchPath: ['', '.', folder].join(delimiter) }), 'apt-get install'],
    ['is not there', async () => ({ configured: '/nowhere/ffmpeg', searchPath: '' }), 'FFMPEG_PATH'],
    ['is something else', async () => ({ configured: '/bin/true', searchPath: '' }), 'FFMPEG_PATH'],
    [
      'is too old',
      async () => ({
        configured: await program('old', '4.4.2', 'libavformat    58. 76.100 / 58. 76.100'),
        searchPath: '',
      }),
      '5.0 or later',
    ],
  ])('says what to do where it %s', async (_, options, advice) => {
    const error: unknown = await locateFfmpeg(await options()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartupError);
    expect((error as Error).message).toContain(advice);
  });
});
