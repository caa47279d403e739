import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { createViewers } from '../../src/api/viewers.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { createRestApp, NOW, TOKENS } from '../support/rest-clients/rest-app.ts';
import { type ScriptedCamera, scriptedCamera } from '../support/rest-clients/scripted-cameras.ts';

const PICTURE = { jpeg: new Uint8Array(100_000), capturedAt: NOW };

async function open(camera: ScriptedCamera, overrides: Parameters<typeof createRestApp>[0] = {}) {
  const app = await createRestApp({ cameras: () => [camera], ...overrides });
  return openServer({ app, host: '127.0.0.1', port: 0, log: silentLogger });
}

/** A viewer who asks for the moving picture and then reads nothing. */
async function staringSocket({ port }: RestServer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write(
    `GET /api/v1/cameras/door/live.mjpg HTTP/1.1\r\nHost: a\r\nAuthorization: Token ${TOKENS.operator}\r\n\r\n`,
  );
  return socket;
}

const watch = ({ url }: RestServer, role: keyof typeof TOKENS) =>
  fetch(`${url}/api/v1/cameras/door/live.mjpg`, { headers: { authorization: `Token ${TOKENS[role]}` } });

/** The status that one more viewer is answered, who leaves at once. */
async function tryToWatch(server: RestServer): Promise<number> {
  const answer = await watch(server, 'operator');
  await answer.body!.cancel();
  return answer.status;
}

describe('viewers', () => {
  it('who read nothing cost no memory, keep nobody waiting, and make room after a while', async () => {
    const camera = scriptedCamera('acme', { id: 'door' });
    const viewers = { stalledMs: 8000, perCamera: 11 };
    const server = await open(camera, { limits: { maxUploadBytes: 1024, requestsPerSecond: 1000, viewers } });
    // 20 MB a second for each who watches.
    const timer = setInterval(() => camera.pictures.offer(PICTURE), 5);
    const reader = (await watch(server, 'operator')).body!.getReader();
    for (let part = 0; part < 50; part++) await reader.read();
    const before = process.memoryUsage().rss;
    const staring = await Promise.all(Array.from({ length: 10 }, () => staringSocket(server)));
    await expect.poll(() => tryToWatch(server)).toBe(503);
    let bytes = 0;
    let growth = 0;
    const enough = Date.now() + 2000;
    while (Date.now() < enough || bytes < 5 * 2 ** 20) {
      bytes += (await reader.read()).value!.length;
      growth = Math.max(growth, process.memoryUsage().rss - before);
    }
    // None of them was cut for it.
    expect(await tryToWatch(server)).toBe(503);
    expect(growth / 2 ** 20).toBeLessThan(150);
    await expect.poll(() => tryToWatch(server), { interval: 300 }).toBe(200);
    clearInterval(timer);
    for (const socket of staring) socket.destroy();
    await reader.cancel();
    await expect.poll(() => camera.pictures.isWatched()).toBe(false);
    await server.close();
  });

  it('do not hold up the end of the server, whether they read or not', async () => {
    const camera = scriptedCamera('acme', { id: 'door' });
    const server = await open(camera);
    const timer = setInterval(() => camera.pictures.offer(PICTURE), 5);
    const read = (await watch(server, 'operator')).arrayBuffer().then(
      () => true,
      () => true,
    );
    const unread = await staringSocket(server);
    const silent = fetch(`${server.url}/api/v1/cameras/door/faces`, {
      headers: { authorization: `Token ${TOKENS.operator}` },
    }).then(answer => answer.text());
    await new Promise(resolve => setTimeout(resolve, 1000));
    expect(camera.faces.isWatched()).toBe(true);
    const started = Date.now();
    await server.close();
    expect(Date.now() - started).toBeLessThan(4000);
    expect(await read).toBe(true);
    expect(await silent).toBe('retry: 5000\n\n: end\n\n');
    expect(camera.pictures.isWatched() || camera.faces.isWatched()).toBe(false);
    clearInterval(timer);
    unread.destroy();
  });

  it('see no more once their token has ended', async () => {
    const camera = scriptedCamera('acme', { id: 'door' });
    let now = NOW;
    const server = await open(camera, { now: () => now });
    const timer = setInterval(() => camera.pictures.offer(PICTURE), 20);
    const answer = await watch(server, 'admin');
    const ended = answer.arrayBuffer().then(
      () => true,
      () => true,
    );
    now += 1;
    expect(await ended).toBe(true);
    expect(camera.pictures.isWatched()).toBe(false);
    expect((await watch(server, 'admin')).status).toBe(401);
    clearInterval(timer);
    await server.close();
  });

  it('are counted for each camera and for all together', () => {
    const viewers = createViewers({ perCamera: 2, inAll: 3 });
    const leave = viewers.enter('a');
    viewers.enter('a');
    expect(() => viewers.enter('a')).toThrow('Already 2 watch this camera');
    viewers.enter('b');
    expect(() => viewers.enter('b')).toThrow('3 all cameras');
    leave();
    leave();
    viewers.enter('a');
    expect(() => viewers.enter('b')).toThrow(expect.objectContaining({ code: 'overloaded' }));
  });
});
