import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { freePort, type Mosquitto, openMosquitto } from '../../support/brokers.ts';
import { runCommand } from '../../support/command-line.ts';
import { createToken, startDaemon } from '../../support/daemon-process.ts';
import { modelsDir } from '../../support/engine.ts';
import { testClip } from '../../support/media.ts';
import { readClip } from '../../support/rtsp-camera/annex-b.ts';
import { openRtspCamera, type RtspCamera } from '../../support/rtsp-camera/server.ts';

const PASSWORD = 'canary-of-the-doctor';
const env = { PATH: process.env.PATH ?? '' };
let folder: string;
let broker: Mosquitto;
let camera: RtspCamera;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-doctor-'));
  broker = await openMosquitto();
  const credentials = { user: 'viewer', password: PASSWORD, scheme: 'digest' } as const;
  camera = await openRtspCamera({ clip: await readClip(await testClip()), credentials });
});
vi.setConfig({ testTimeout: 120_000 });
afterAll(async () => {
  await camera.close();
  await broker.close();
  await rm(folder, { recursive: true });
});

/** What the doctor says of a configuration, by check. */
async function examine(lines: readonly string[], ...flags: string[]) {
  const file = join(folder, 'doctor.yaml');
  await writeFile(file, lines.join('\n'));
  const result = await runCommand(['--config', file, 'doctor', '--json', ...flags], { env });
  const report = JSON.parse(result.stdout) as { healthy: boolean; failed: number; findings: Finding[] };
  const of = (check: string) => report.findings.find(finding => finding.check === check);
  return { ...result, ...report, of };
}

const lines = (changes: { port: number; url?: string; mqtt?: string }) => [
  'node: front',
  `stateDir: ${join(folder, 'state')}`,
  `models: { dir: ${modelsDir()} }`,
  `http: { port: ${changes.port} }`,
  `mqtt: { url: "${changes.mqtt ?? broker.url}" }`,
  'engine: { workers: 1 }',
  'cameras:',
  `  - { id: entrance, url: "${changes.url ?? camera.url}" }`,
];

describe('facegate doctor', () => {
  it('finds a new installation well before its first start', async () => {
    const { code, healthy, findings, stdout, stderr } = await examine(lines({ port: await freePort() }));
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
    expect({ code, healthy }).toEqual({ code: 0, healthy: true });
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set([
        'node',
        'ffmpeg',
        'config',
        'models',
        'disk',
        'key',
        'store',
        'clock',
        'rest',
        'broker',
        'camera',
      ]),
    );
    expect(findings.find(({ check }) => check === 'camera')?.facts).toMatchObject({
      stream: { codec: 'h264' },
    });
    expect(stdout + stderr).not.toContain(PASSWORD);
  });

  it('examines beside a daemon that runs', async () => {
    const port = await freePort();
    const settings = { folder, config: lines({ port }).filter(line => !line.startsWith('stateDir')) };
    await createToken(settings, 'default');
    const daemon = await startDaemon(settings);
    try {
      const state = /^stateDir: (.*)$/m.exec(await configOf(folder))![1]!;
      const { of } = await examine(
        lines({ port }).map(line => (line.startsWith('stateDir') ? `stateDir: ${state}` : line)),
        '--no-cameras',
      );
      expect(of('store')).toMatchObject({ status: 'ok', facts: { tokens: 1, daemon: true } });
      expect(of('rest')?.message).toMatch(/^The daemon at /);
      expect(of('camera')).toBeUndefined();
    } finally {
      await daemon.stop();
    }
  });

  it('names everything that is broken, and what to do about it, with exit code 1', async () => {
    const broken = lines({
      port: broker.port,
      url: camera.url.replace(PASSWORD, 'wrong-word'),
      mqtt: `mqtt://127.0.0.1:${await freePort()}`,
    }).map(line => (line.startsWith('models') ? `models: { dir: ${folder} }` : line));
    const { code, failed, of, stdout, stderr } = await examine(broken);
    expect({ code, failed }).toEqual({ code: 1, failed: 4 });
    expect(of('models')?.message).toMatch(/run "facegate models install"/);
    expect(of('rest')?.message).toMatch(/Another program listens on .*change http.port/);
    expect(of('broker')?.message).toMatch(/nothing listens there/);
    expect(of('camera')).toMatchObject({ subject: 'entrance', facts: { reason: 'auth_failed' } });
    expect(stderr).toMatch(/4 of \d+ checks failed/);
    expect(stdout + stderr).not.toContain('wrong-word');
  });

  it('goes on without a configuration that can be read', async () => {
    const { code, of } = await examine(['cameras: [{ id: x }]']);
    expect(code).toBe(1);
    expect(of('node')?.status).toBe('ok');
    expect(of('config')).toMatchObject({ status: 'fail', message: expect.stringContaining('url') });
  });

  it('finds a store whose key is gone', async () => {
    const dir = join(folder, 'lost');
    const file = join(folder, 'lost.yaml');
    await writeFile(file, `stateDir: ${dir}\n`);
    expect(
      (
        await runCommand(['--config', file, 'token', 'create', '--customer', 'a', '--role', 'reader'], {
          env,
        })
      ).code,
    ).toBe(0);
    await rm(join(dir, 'store.key'));
    const { of } = await examine([`stateDir: ${dir}`], '--no-cameras');
    expect(of('key')).toMatchObject({ status: 'fail', message: expect.stringContaining('put') });
    expect(of('store')).toMatchObject({ status: 'fail' });
  });

  it('tells people line by line, the findings that need a hand in capitals', async () => {
    const file = join(folder, 'plain.yaml');
    await writeFile(
      file,
      lines({ port: await freePort(), mqtt: `mqtt://127.0.0.1:${await freePort()}` }).join('\n'),
    );
    const { stdout } = await runCommand(['--config', file, 'doctor', '--no-cameras'], { env });
    expect(stdout).toMatch(/^ok {4}node/m);
    expect(stdout).toMatch(/^FAIL {2}broker/m);
  });
});

function configOf(dir: string): Promise<string> {
  return readFile(join(dir, 'facegate.yaml'), 'utf8');
}
