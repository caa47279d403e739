import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, createServer, get, type Server } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boundConnections } from '../../src/api/connections.ts';
import { openServer } from '../../src/api/server.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { type CertificateAuthority, makeCertificateAuthority } from '../support/certificates.ts';
import { createRestApp } from '../support/rest-clients/rest-app.ts';

/** Says nothing; `closed` once the server has let it go. */
async function silent(port: number): Promise<{ socket: Socket; closed: () => boolean }> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  let isClosed = false;
  socket.once('close', () => {
    isClosed = true;
  });
  socket.resume();
  await once(socket, 'connect');
  return { socket, closed: () => isClosed };
}

describe('a server that holds three connections', () => {
  let server: Server;
  let port: number;
  let held = Promise.resolve();
  let release = () => {};
  beforeEach(() => {
    held = new Promise<void>(resolve => {
      release = resolve;
    });
  });
  beforeAll(async () => {
    server = createServer(async ({ url }, answer) => {
      if (url === '/wait') await held;
      if (url === '/much') return void answer.end(Buffer.alloc(16 << 20));
      answer.statusCode = url === '/no' ? 404 : 200;
      answer.end('x');
    });
    boundConnections(server, 3);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** One request over the agent's connection; the status, or the error's code. */
  const ask = (agent: Agent, path: string) =>
    new Promise<number | string | undefined>(resolve => {
      get({ port, path, agent }, answer => {
        answer.resume().once('end', () => resolve(answer.statusCode));
      }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
  const connection = () => new Agent({ keepAlive: true, maxSockets: 1 });

  it('lets the silent go, the oldest first, and keeps who was served', async () => {
    const served = connection();
    expect(await ask(served, '/')).toBe(200);
    const refused = connection();
    expect(await ask(refused, '/no')).toBe(404);
    const first = await silent(port);
    const second = await silent(port);
    const third = await silent(port);
    await expect.poll(first.closed).toBe(true);
    expect([second, third].map(({ closed }) => closed())).toEqual([false, false]);
    expect(Object.values(served.freeSockets).flat()).toHaveLength(1);
    expect(Object.values(refused.freeSockets).flat()).toHaveLength(0);
    expect(await ask(served, '/')).toBe(200);
    for (const { socket } of [second, third]) socket.destroy();
    served.destroy();
  });

  it('lets one go that does not take what it has asked for, rather than who waits for an answer', async () => {
    const waiting = connection();
    const answer = ask(waiting, '/wait');
    const greedy = await Promise.all(
      [1, 2].map(async () => {
        const socket = connect(port, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        socket.write('GET /much HTTP/1.1\r\nHost: a\r\n\r\n');
        return socket;
      }),
    );
    await new Promise(resolve => setTimeout(resolve, 500));
    const newcomer = connection();
    expect(await ask(newcomer, '/')).toBe(200);
    release();
    expect(await answer).toBe(200);
    for (const agent of [waiting, newcomer]) agent.destroy();
    for (const socket of greedy) socket.destroy();
  });

  it('lets nobody go whose request is under way, and refuses the new one where all are', async () => {
    await expect
      .poll(() => new Promise(resolve => server.getConnections((_, count) => resolve(count))))
      .toBe(0);
    const agents = [connection(), connection(), connection()];
    const waiting = agents.map(agent => ask(agent, '/wait'));
    await expect
      .poll(() => new Promise(resolve => server.getConnections((_, count) => resolve(count))))
      .toBe(3);
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await ask(connection(), '/')).toBe('ECONNRESET');
    release();
    expect(await Promise.all(waiting)).toEqual([200, 200, 200]);
    for (const agent of agents) agent.destroy();
  });
});

describe('the REST server', () => {
  let authority: CertificateAuthority;
  beforeAll(() => {
    authority = makeCertificateAuthority();
  });
  afterAll(() => authority.close());

  it('serves whoever asks although 400 others are connected and say nothing', async () => {
    const server = await openServer({
      app: await createRestApp(),
      host: '127.0.0.1',
      port: 0,
      log: silentLogger,
    });
    const others = await Promise.all(Array.from({ length: 400 }, () => silent(server.port)));
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect(others.filter(({ closed }) => closed()).length).toBeGreaterThanOrEqual(145);
    for (const { socket } of others) socket.destroy();
    await server.close();
  });

  it('speaks TLS with a certificate, and serves although 400 begin no handshake', async () => {
    const files = authority.issue('127.0.0.1');
    const tls = { cert: await readFile(files.certificate, 'utf8'), key: await readFile(files.key, 'utf8') };
    const ca = await readFile(authority.ca, 'utf8');
    const server = await openServer({
      app: await createRestApp(),
      host: '127.0.0.1',
      port: 0,
      tls,
      log: silentLogger,
    });
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    const others = await Promise.all(Array.from({ length: 400 }, () => silent(server.port)));
    const ask = (agent?: false) =>
      new Promise<number>((resolve, reject) => {
        const request = tlsRequest(
          `${server.url}/health/live`,
          { ca, ...(agent === false && { agent }) },
          answer => answer.resume().once('end', () => resolve(answer.statusCode!)),
        );
        request.on('error', reject).end();
      });
    expect(await ask(false)).toBe(200);
    await expect.poll(() => others.filter(({ closed }) => closed()).length).toBe(400);
    expect(await ask(false)).toBe(200);

    const plain = connect(server.port, '127.0.0.1');
    plain.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await text(plain)).not.toContain('HTTP/1.1 200');
    await server.close();
  });
});
