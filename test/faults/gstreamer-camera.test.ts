import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cameraConfig, until, watching } from '../ingest/watched-camera.ts';

const program = join(import.meta.dirname, '../support/gstreamer-camera.py');
const PASSWORD = 's3cret';
const supervision = { firstDelayMs: 100, longestDelayMs: 400, lateDelayMs: 400, random: () => 0.5 };

/** A second implementation of RTSP, so that ours is not only compared with itself. */
describe.concurrent('a camera by GStreamer', () => {
  let folder: string;
  let certificate: [string, string];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-gstreamer-'));
    certificate = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-out', certificate[0], '-keyout', certificate[1]],
    ]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['TCP', 'tcp', false],
    ['UDP', 'udp', false],
    ['TLS', 'tcp', true],
  ] as const)('plays over %s with a digest password, and comes back after it was away', (_, transport, tls) =>
    serving(transport, tls ? certificate : [], server =>
      watching(
        cameraConfig({ url: server.url, transport }),
        async watched => {
          expect(await watched.reached('live')).toMatchObject({ width: 640, height: 360 });
          await until('ten frames', () => watched.camera.status().frames >= 10);
          const frame = await watched.frame();
          // The white ball on black.
          expect(new Set(frame.small.data).size).toBeGreaterThan(2);
          frame.release();
          const known = watched.statuses.length;
          await server.stop();
          await watched.reached('backoff', 'refused', known);
          await server.start();
          await watched.reached('live', undefined, known);
          expect(watched.log.join('')).not.toContain(PASSWORD);
        },
        { supervision },
      ),
    ),
  );

  it('is auth_failed with a wrong password', () =>
    serving('tcp', [], server =>
      watching(cameraConfig({ url: server.url.replace(PASSWORD, 'wrong') }), async watched => {
        await watched.reached('backoff', 'auth_failed');
      }),
    ));

  it('is transport_unsupported where it offers only the other one', () =>
    serving('udp', [], server =>
      watching(cameraConfig({ url: server.url, transport: 'tcp' }), async watched => {
        await watched.reached('backoff', 'transport_unsupported');
      }),
    ));
});

/** A server that can be stopped and started again at the same port. */
interface Server {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs the server while `body` runs. */
async function serving(
  transport: 'tcp' | 'udp',
  certificate: readonly string[],
  body: (server: Server) => Promise<void>,
): Promise<void> {
  let port = 0;
  let child: ChildProcess | undefined;
  const start = async () => {
    // Debian's own Python: another one has no bindings to GStreamer.
    const started = spawn('/usr/bin/python3', [program, transport, `${port}`, ...certificate], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child = started;
    started.stdin.write(`${PASSWORD}\n`);
    port = await new Promise<number>((resolve, reject) => {
      started.stdout.once('data', text => resolve(Number(text)));
      started.once('exit', code => reject(new Error(`the server ended with code ${code}`)));
    });
  };
  const stop = async () => {
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    child = undefined;
    await exited;
  };
  try {
    await start();
    const protocol = certificate.length > 0 ? 'rtsps' : 'rtsp';
    await body({ url: `${protocol}://cam:${PASSWORD}@127.0.0.1:${port}/cam`, start, stop });
  } finally {
    await stop();
  }
}
