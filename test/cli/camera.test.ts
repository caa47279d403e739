import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command-line.ts';
import { facegate } from '../support/daemon-process.ts';
import { faceVideo, testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import { openRtspCamera, type RtspCamera } from '../support/rtsp-camera/server.ts';

const PASSWORD = 'canary-of-the-probe';
const env = { PATH: process.env.PATH ?? '' };
let folder: string;
let camera: RtspCamera;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-probe-'));
  const credentials = { user: 'viewer', password: PASSWORD, scheme: 'digest' } as const;
  camera = await openRtspCamera({ clip: await readClip(await testClip()), credentials });
});
afterAll(async () => {
  await camera.close();
  await rm(folder, { recursive: true });
});

const probe = (args: readonly string[], input?: string) =>
  runCommand(['camera', 'probe', ...args], { env, ...(input !== undefined && { input }) });

/** The command lines of all processes, as every account can read them. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

describe('facegate camera probe', () => {
  it('says what the camera sends, and shows its password to nobody', async () => {
    const running = probe(['--url-file', '-', '--seconds', '2', '--json'], `${camera.url}\n`);
    const seen: string[] = [];
    const timer = setInterval(() => seen.push(commandLines()), 100);
    const { code, stdout, stderr } = await running;
    clearInterval(timer);
    expect(code).toBe(0);
    const { stream, fps, firstFrameMs } = JSON.parse(stdout);
    expect(stream).toMatchObject({ codec: 'h264', size: { width: 640, height: 360 } });
    expect(fps).toBeGreaterThan(5);
    expect(firstFrameMs).toBeGreaterThan(0);
    expect(seen.some(text => text.includes('ffmpeg'))).toBe(true);
    expect([...seen, stdout, stderr].join('')).not.toContain(PASSWORD);
  });

  it('takes the id of a camera of the configuration', async () => {
    const file = join(folder, 'facegate.yaml');
    await writeFile(file, `cameras:\n  - { id: entrance, url: "${camera.url}" }\n`);
    const { code, stdout } = await runCommand(
      ['--config', file, 'camera', 'probe', 'entrance', '--seconds', '1'],
      { env },
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^entrance: h264 .*640x360, .*fps arrive, first picture after \d/);
  });

  it('says what to do about a camera that refuses the password, with exit code 1', async () => {
    const { code, stderr } = await probe([camera.url.replace(PASSWORD, 'wrong')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/refuses the user name or password: correct them/);
  });

  it('tells a program why no picture came', async () => {
    const { code, stdout } = await probe(['file:///nowhere.mp4', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ camera: 'probe', failure: { reason: 'no_file' } });
  });

  it.each([
    [['ftp://viewer:secret-word@camera/x'], /neither a camera .* nor an address/],
    [['--url-file', '/nowhere/url.txt'], /cannot be read \(ENOENT\)/],
    [[], /Give the id or the address/],
    [['entrance', '--url-file', '-'], /and not both/],
  ])('refuses what is no camera, without repeating an address: %j', async (args, message) => {
    const { code, stderr } = await probe(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('secret-word');
  });

  it('answers a time that is none with wrong usage', async () => {
    expect((await probe(['entrance', '--seconds', '0'])).code).toBe(2);
  });

  it('draws the faces into a picture that only its owner may read', async () => {
    const out = join(folder, 'face.jpg');
    const url = `file://${await faceVideo('franck')}`;
    const { code, stdout, stderr } = await facegate({ folder, config: [] }, [
      'camera',
      'probe',
      url,
      '--out',
      out,
      '--json',
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { faces } = JSON.parse(stdout);
    expect(faces).toHaveLength(1);
    expect(faces[0].height).toBeGreaterThan(60);
    expect(faces[0].recognize).toEqual([]);
    expect([...(await readFile(out)).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
  });
});
