import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import type { RtspCamera } from '../support/rtsp-camera/server.ts';
import { serving, until } from './watched-camera.ts';

const run = promisify(execFile);
const credentials = { user: 'cam', password: 's3cret', scheme: 'digest' } as const;

/** Number of pictures that ffmpeg itself decodes from an address, of at most `wanted`. */
async function decoded(url: string, wanted: number, transport = 'tcp'): Promise<number> {
  const args = ['-v', 'error', '-nostats', '-progress', '-', '-rtsp_transport', transport];
  const limits = ['-frames:v', `${wanted}`, '-f', 'null', '-'];
  const { stdout } = await run('ffmpeg', [...args, '-timeout', '5000000', '-i', url, ...limits]);
  return Number([...stdout.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1]);
}

/** The first line that the camera answers to a request. */
function ask(server: RtspCamera, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', data => {
      socket.destroy();
      resolve(data.toString().split('\r\n')[0]!);
    });
  });
}

describe.concurrent('the test camera', () => {
  it.each(['h264', 'h265'] as const)('reads every picture of an %s clip', async codec => {
    const clip = readClip(await testClip({ codec }));
    expect(clip.pictures).toHaveLength(250);
    expect(clip.pictures[0]!.key).toBe(true);
    expect(clip.pictures.filter(({ key }) => key)).toHaveLength(10);
    expect(clip.parameterSets).toHaveLength(codec === 'h264' ? 2 : 3);
  });

  it.each(['tcp', 'udp'] as const)('serves several clients at once over %s', transport =>
    serving({ credentials }, async server => {
      const both = await Promise.all([1, 2].map(() => decoded(server.url, 30, transport)));
      expect(both).toEqual([30, 30]);
      await until('all have left', () => server.clients === 0);
      expect(server.connections).toBe(2);
    }),
  );

  it('serves H.265', () =>
    serving({ media: { codec: 'h265' } }, async server => {
      expect(await decoded(server.url, 30)).toBe(30);
    }));

  it('serves by TLS', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'facegate-tls-'));
    const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
      ...['-keyout', files.key, '-out', files.cert],
    ]);
    const tls = { key: await readFile(files.key, 'utf8'), cert: await readFile(files.cert, 'utf8') };
    await rm(folder, { recursive: true });
    await serving({ tls, credentials }, async server => {
      expect(server.url).toMatch(/^rtsps:/);
      expect(await decoded(server.url, 10)).toBe(10);
    });
  });

  it('asks for a password and answers as cameras do', () =>
    serving({ credentials, path: '/cam1' }, async server => {
      const request = (method: string) => `${method} rtsp://127.0.0.1/cam1 RTSP/1.0\r\nCSeq: 1\r\n\r\n`;
      expect(await ask(server, request('OPTIONS'))).toBe('RTSP/1.0 200 OK');
      expect(await ask(server, request('DESCRIBE'))).toBe('RTSP/1.0 401 Unauthorized');
    }));

  it('knows only its own path', () =>
    serving({ path: '/cam1' }, async server => {
      const request = 'DESCRIBE rtsp://127.0.0.1/cam2 RTSP/1.0\r\nCSeq: 1\r\n\r\n';
      expect(await ask(server, request)).toBe('RTSP/1.0 404 Not Found');
    }));

  it('refuses connections while it has no power, and keeps its port', () =>
    serving({}, async server => {
      const { url } = server;
      await server.powerOff();
      await expect(decoded(url, 1)).rejects.toThrow('Connection refused');
      await server.powerOn();
      expect(server.url).toBe(url);
      expect(await decoded(url, 5)).toBe(5);
    }));
});
