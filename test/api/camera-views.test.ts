import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CameraPicture } from '../../src/api/dependencies.ts';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { createPreview } from '../../src/ingest/preview.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { createRestApp, NOW, TOKENS } from '../support/rest-clients/rest-app.ts';
import { scriptedCamera } from '../support/rest-clients/scripted-cameras.ts';

const CAPTURED = '2026-01-02T03:04:05.000Z';
const as = (role: keyof typeof TOKENS) => ({ authorization: `Token ${TOKENS[role]}` });

/** A JPEG of noise, from the real preview. */
async function noise(width: number, height: number): Promise<CameraPicture> {
  const preview = createPreview({ log: silentLogger });
  const data = new Uint8Array(width * height * 3);
  for (let at = 0, state = 1; at < data.length; at++) {
    state = (state * 48271) % 2147483647;
    data[at] = state & 255;
  }
  const image = { width, height, data };
  const made = new Promise<CameraPicture>(resolve => preview.watch(resolve));
  preview.offer({ small: { format: 'rgb24', ...image }, full: { format: 'rgb24', ...image }, scale: 1 }, NOW);
  return made;
}

/** Offers the value again and again, as a camera does. */
function playing<T>(feed: { offer(value: T): void }, value: T, everyMs = 20): () => void {
  const timer = setInterval(() => feed.offer(value), everyMs);
  return () => clearInterval(timer);
}

describe('a view of a camera', () => {
  const door = scriptedCamera('acme', { id: 'door' });
  const dark = {
    'snapshot.jpg': scriptedCamera('acme', { id: 'dark' }),
    'live.mjpg': scriptedCamera('acme', { id: 'darker' }),
    faces: scriptedCamera('acme', { id: 'darkest' }),
  };
  const message = 'The camera does not answer: check its power.';
  const gate = scriptedCamera('acme', { id: 'gate', phase: 'backoff', reason: 'unreachable', message });
  const half = scriptedCamera('acme', {
    id: 'half',
    phase: 'backoff',
    detail: { phase: 'live', frames: 1, restarts: 0 },
  });
  const vault = scriptedCamera('other', { id: 'vault' });
  const small = scriptedCamera('acme', { id: 'small' });
  const lone = scriptedCamera('acme', { id: 'lone' });
  let server: RestServer;
  let picture: CameraPicture;
  let stop: () => void;
  const view = (path: string, init: RequestInit = {}) =>
    fetch(`${server.url}/api/v1/cameras/${path}`, { headers: as('operator'), ...init });
  beforeAll(async () => {
    const app = await createRestApp({
      cameras: () => [door, gate, half, vault, small, lone, ...Object.values(dark)],
      limits: {
        maxUploadBytes: 1024,
        requestsPerSecond: 1000,
        viewers: { snapshotMs: 300, silentMs: 1000, perCamera: 3 },
      },
    });
    server = await openServer({ app, host: '127.0.0.1', port: 0, log: silentLogger });
    picture = await noise(320, 180);
    stop = playing(door.pictures, picture);
  });
  afterAll(async () => {
    stop();
    await server.close();
  });

  it('is the next picture of the camera', async () => {
    const answer = await view('door/snapshot.jpg');
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'no-store',
      'x-captured-at': CAPTURED,
    });
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array(picture.jpeg));
  });

  it('is a moving picture that ffmpeg plays', async () => {
    const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>(resolve => {
      const header = `Authorization: Token ${TOKENS.operator}\r\n`;
      const url = `${server.url}/api/v1/cameras/door/live.mjpg`;
      const child = spawn('ffmpeg', [
        ...['-v', 'error', '-headers', header, '-f', 'mpjpeg', '-strict_mime_boundary', '1', '-i', url],
        ...['-frames:v', '5', '-vsync', '0', '-f', 'framemd5', '-'],
      ]);
      let [out, err] = ['', ''];
      child.stdout.on('data', bytes => {
        out += bytes;
      });
      child.stderr.on('data', bytes => {
        err += bytes;
      });
      child.once('close', code =>
        resolve({ code, stderr: err + (/#dimensions 0: 320x180/.test(out) ? '' : out) }),
      );
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('has parts that a browser shows as soon as they are there', async () => {
    const abort = new AbortController();
    const answer = await view('door/live.mjpg', { signal: abort.signal });
    expect(answer.headers.get('content-type')).toBe('multipart/x-mixed-replace; boundary=facegate-picture');
    const reader = answer.body!.getReader();
    let text = '';
    while (text.split('--facegate-picture').length < 3)
      text += Buffer.from((await reader.read()).value!).toString('latin1');
    const [before, part] = text.split('--facegate-picture');
    expect(before).toBe('');
    const [head, ...body] = part!.split('\r\n\r\n');
    expect(head).toBe(
      `\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.jpeg.length}\r\nX-Captured-At: ${CAPTURED}`,
    );
    expect(body.join('\r\n\r\n')).toBe(`${Buffer.from(picture.jpeg).toString('latin1')}\r\n`);
    abort.abort();
  });

  it('is an event for each report of faces, with boxes as shares of the picture', async () => {
    const report = {
      capturedAt: NOW,
      width: 1920,
      height: 1080,
      faces: [
        {
          trackId: 'r-door-1',
          box: { left: 960, top: -10.8, right: 1440, bottom: 1080 },
          identity: 'known',
          customerPersonId: '1234',
        },
        { trackId: 'r-door-2', box: { left: 0, top: 0, right: 1, bottom: 1 }, identity: 'undecided' },
      ],
    } as const;
    const stopFaces = playing(door.faces, report);
    const abort = new AbortController();
    const answer = await view('door/faces', {
      signal: abort.signal,
      headers: { ...as('operator'), accept: 'text/event-stream' },
    });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body!.getReader();
    let text = '';
    while (text.split('\n\n').length < 4) text += Buffer.from((await reader.read()).value!);
    abort.abort();
    stopFaces();
    const [opening, ...events] = text.split('\n\n');
    expect(opening).toBe('retry: 5000');
    expect(JSON.parse(events[1]!.replace(/^data: /, ''))).toEqual({
      captured_at: CAPTURED,
      faces: [
        {
          track_id: 'r-door-1',
          box: { left: 0.5, top: -0.01, right: 0.75, bottom: 1 },
          identity: 'known',
          customer_person_id: '1234',
        },
        {
          track_id: 'r-door-2',
          box: { left: 0, top: 0, right: 0.0005, bottom: 0.0009 },
          identity: 'undecided',
        },
      ],
    });
  });

  it.each(['snapshot.jpg', 'live.mjpg', 'faces'])('(%s) is for operators of its own customer', async what => {
    expect((await view(`door/${what}`, { headers: as('reader') })).status).toBe(403);
    expect((await view(`door/${what}`, { headers: {} })).status).toBe(401);
    const nowhere = await view(`nowhere/${what}`);
    const foreign = await view(`vault/${what}`);
    expect([nowhere.status, foreign.status]).toEqual([404, 404]);
    const body = await nowhere.json();
    expect(body).toMatchObject({
      status: 'fail',
      code: 'not_found',
      message: expect.stringMatching(/camera/),
    });
    expect(await foreign.json()).toEqual(body);
  });

  it.each(['snapshot.jpg', 'live.mjpg', 'faces'])('(%s) says why there is nothing to see', async what => {
    const answer = await view(`gate/${what}`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await answer.json()).toEqual({ status: 'fail', code: 'not_ready', message });
  });

  it('is given by the main stream where the sub stream is away', async () => {
    const stopHalf = playing(half.pictures, picture);
    expect((await view('half/snapshot.jpg')).status).toBe(200);
    stopHalf();
  });

  it('does not wait forever for a picture', async () => {
    const answer = await view('dark/snapshot.jpg');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('no pictures'),
    });
    expect(dark['snapshot.jpg'].pictures.isWatched()).toBe(false);
  });

  it.each(['live.mjpg', 'faces'] as const)(
    '(%s) ends properly when nothing new comes for too long',
    async what => {
      const answer = await view(`${dark[what].status().id}/${what}`);
      const text = await answer.text();
      expect(text).toBe(what === 'faces' ? 'retry: 5000\n\n: end\n\n' : '--facegate-picture--\r\n');
      expect(dark[what].pictures.isWatched() || dark[what].faces.isWatched()).toBe(false);
    },
  );

  it('answers HEAD without watching', async () => {
    for (const what of ['snapshot.jpg', 'live.mjpg', 'faces']) {
      const answer = await view(`lone/${what}`, { method: 'HEAD' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).not.toMatch(/json/);
    }
    expect(lone.pictures.isWatched() || lone.faces.isWatched()).toBe(false);
  });

  it('is for so many at once, until one of them goes away', async () => {
    const stopSmall = playing(small.pictures, picture);
    const aborts = Array.from({ length: 3 }, () => new AbortController());
    for (const { signal } of aborts) expect((await view('small/live.mjpg', { signal })).status).toBe(200);
    const refused = await view('small/snapshot.jpg');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    aborts[0]!.abort();
    await expect.poll(async () => (await view('small/snapshot.jpg')).status).toBe(200);
    for (const abort of aborts) abort.abort();
    await expect.poll(() => small.pictures.isWatched()).toBe(false);
    stopSmall();
  });
});
