import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command-line.ts';
import { facegate } from '../support/daemon-process.ts';
import { modelsDir } from '../support/engine.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-bench-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('facegate bench', () => {
  it('measures decoding, models and search, and makes a number of cameras of it', async () => {
    const settings = { folder, config: [] };
    const { code, stdout, stderr } = await facegate(settings, ['bench', '--json', '--templates', '500']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const figures = JSON.parse(stdout);
    expect(figures).toMatchObject({ templates: 500, cores: expect.any(Number) });
    for (const figure of ['detect_ms', 'describe_ms']) expect(figures[figure]).toBeGreaterThan(0);
    const { '1080p': large, '360p': small } = figures.decode_ms_per_second;
    expect(large).toBeGreaterThan(small);
    expect(figures.cameras['360p']).toBeGreaterThanOrEqual(figures.cameras['1080p']);
    expect(stderr).toMatch(/decoding 1080p \.\.\.\n.*decoding 360p/);
  });

  it('has models that report nothing to their maker', async () => {
    const home = join(folder, 'home');
    await mkdir(home);
    const env = { HOME: home, XDG_CACHE_HOME: '', TMPDIR: home, ORT_DISABLE_TELEMETRY: '0' };
    const settings = { folder, config: [`models: { dir: ${modelsDir()} }`], env };
    const { code } = await facegate(settings, ['bench', '--json', '--templates', '10']);
    expect({ code, written: await readdir(home) }).toEqual({ code: 0, written: [] });
  });

  it.each(['0', '1.5', 'many', '2000000'])(
    'answers a number of templates that is none with wrong usage: %s',
    async count => {
      expect((await runCommand(['bench', '--templates', count])).code).toBe(2);
    },
  );

  it('says what to do where there is no ffmpeg', async () => {
    const { code, stderr } = await runCommand(['bench'], { env: { PATH: folder } });
    expect(code).toBe(78);
    expect(stderr).toContain('apt-get install -y ffmpeg');
  });
});
