import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { StartupError } from '../../src/domain/errors.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { clientForm, createRestApp, TOKENS } from '../support/rest-clients/rest-app.ts';
import { analyzeScripted, scriptedImage } from '../support/rest-clients/scripted-engine.ts';

type Overrides = Parameters<typeof createRestApp>[0];
const open = async (overrides: Overrides = {}, port = 0, host = '127.0.0.1') =>
  openServer({ app: await createRestApp(overrides), host, port, log: silentLogger });
const authorization = `Token ${TOKENS.admin}`;

/** Writes bytes to the server and returns all that comes back until it closes. */
async function exchange(server: RestServer, bytes: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  return text(socket);
}

/** Status line and JSON body of a raw answer. */
function read(answer: string) {
  const [head, body] = answer.split('\r\n\r\n');
  return { status: Number(head!.split(' ')[1]), json: JSON.parse(body!) };
}

describe.concurrent('a listening server', () => {
  let server: RestServer;
  beforeAll(async () => {
    server = await open();
  });
  afterAll(() => server.close());

  it('tells its port and URL and answers there', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  it('says so where it cannot listen', async () => {
    const taken = await open({}, server.port).catch((error: unknown) => error);
    expect(taken).toBeInstanceOf(StartupError);
    expect(taken).toMatchObject({ message: expect.stringContaining(`${server.port}`), exitCode: 78 });
    const elsewhere = await open({}, 0, '203.0.113.7').catch((error: unknown) => error);
    expect(elsewhere).toBeInstanceOf(StartupError);
    expect(elsewhere).toMatchObject({ message: expect.stringContaining('http.host') });
  });

  it.for([
    ['bytes that are no HTTP', 'nonsense\r\n\r\n', 400],
    [
      'both lengths at once',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['an unknown transfer coding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n', 400],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n', 400],
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n', 400],
    ['headers over 8 KiB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9000)}\r\n\r\n`, 431],
    ['a URL of 1 MB', `GET /${'x'.repeat(1 << 20)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  ] as const)('answers %s once, in JSON, and closes', async ([_what, bytes, status]) => {
    const answer = await exchange(server, bytes);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toMatch(/^connection: close/im);
    expect(read(answer)).toMatchObject({ status, json: { status: 'fail' } });
  });

  it('tells a client, too, that goes on sending after it was refused', async () => {
    const socket = connect(server.port, '127.0.0.1');
    // It reads when it has sent everything.
    socket.pause();
    socket.write(`GET /${'x'.repeat(20_000)}`);
    for (const more of ['x'.repeat(1 << 20), ' HTTP/1.1\r\nHost: a\r\n\r\n']) {
      await sleep(100);
      socket.write(more);
    }
    expect(read(await text(socket))).toMatchObject({ status: 431, json: { status: 'fail' } });
  });

  it('cuts who goes on sending for ever after it was refused', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {}).resume();
    const timer = setInterval(() => socket.write('nonsense\r\n\r\n'), 10);
    await new Promise(resolve => socket.once('close', resolve));
    clearInterval(timer);
  });

  it('answers once where the body turns out broken after the answer', async () => {
    const request = 'POST /miicloud/match_faces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await exchange(server, `${request}1\r\nxyz\r\n0\r\n\r\n`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401']);
  });

  it.for([
    ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['a backslash', 'GET /a\\b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    ['dot segments', 'GET /miicloud/person/%2e%2e/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
    ['TRACE', 'TRACE /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 405],
  ] as const)('answers %s in JSON', async ([_what, bytes, status]) => {
    expect(read(await exchange(server, bytes))).toMatchObject({ status, json: { status: 'fail' } });
  });

  it('cuts a client whose headers or body never end, and serves others meanwhile', async () => {
    const started = Date.now();
    const slow = Array.from({ length: 100 }, () => exchange(server, 'GET / HTTP/1.1\r\nHost: a\r\nX: '));
    const body = exchange(
      server,
      `POST /miicloud/match_faces HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const answers = await Promise.all(slow);
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(read(answers[0]!)).toMatchObject({ status: 408, json: { status: 'fail' } });
    expect(read(await body)).toMatchObject({ status: 408, json: { status: 'fail' } });
    expect(Date.now() - started).toBeLessThan(25_000);
  });

  it('answers 413 to an upload beyond the limit, announced or not', async () => {
    const form = clientForm([
      { name: 'image_path', value: scriptedImage([], 'jpeg', 3 << 20), file: 'a.jpg' },
    ]);
    const headers = { authorization, ...form.headers };
    const url = `${server.url}/miicloud/match_faces`;
    const whole = await fetch(url, { method: 'POST', headers, body: form.body });
    expect(whole.status).toBe(413);
    const init = { method: 'POST', headers, body: new Blob([form.body]).stream(), duplex: 'half' };
    expect((await fetch(url, init as RequestInit)).status).toBe(413);
  });
});

describe.concurrent('a client that reads nothing before it has sent everything', () => {
  it.for([
    ['413', `Authorization: ${authorization}\r\n`],
    ['401', ''],
  ])('is answered %s although its upload was refused at once', async ([status, header]) => {
    const server = await open();
    const socket = connect(server.port, '127.0.0.1');
    const piece = Buffer.alloc(512 * 1024);
    socket.write(
      `POST /miicloud/match_faces HTTP/1.1\r\nHost: a\r\n${header}` +
        `Content-Type: application/json\r\nContent-Length: ${4 * piece.length}\r\n\r\n`,
    );
    for (let i = 0; i < 4; i++) {
      await new Promise(resolve => setTimeout(resolve, 300));
      await new Promise(resolve => socket.write(piece, resolve));
    }
    socket.end();
    expect(read(await text(socket)).status).toBe(Number(status));
    await server.close();
  });
});

describe.concurrent('closing', () => {
  const form = clientForm([{ name: 'image_path', value: scriptedImage([]), file: 'a.jpg' }]);
  const upload = ({ url }: RestServer) =>
    fetch(`${url}/miicloud/match_faces`, {
      method: 'POST',
      headers: { authorization, ...form.headers },
      body: form.body,
    });

  it('lets requests under way end, takes no new ones and does not wait for idle connections', async () => {
    let begun = () => {};
    const analysing = new Promise<void>(resolve => {
      begun = resolve;
    });
    let finish = () => {};
    const finished = new Promise<void>(resolve => {
      finish = resolve;
    });
    const server = await open({
      async analyze(bytes) {
        begun();
        await finished;
        return analyzeScripted(bytes);
      },
    });
    const idle = connect(server.port, '127.0.0.1');
    const answer = upload(server);
    await analysing;
    const closed = server.close();
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();
    finish();
    const started = Date.now();
    expect((await answer).status).toBe(200);
    await closed;
    expect(Date.now() - started).toBeLessThan(4000);
    idle.destroy();
  });

  it('does not wait for clients that go on asking over the connections that they have', async () => {
    let asked = 0;
    const server = await open({
      async analyze(bytes) {
        // Never all at the same time, so that one answer is always under way.
        await new Promise(resolve => setTimeout(resolve, 40 + 37 * (asked++ % 7)));
        return analyzeScripted(bytes);
      },
    });
    let answered = 0;
    const askOn = async (): Promise<void> => {
      try {
        for (;;) if ((await upload(server)).ok) answered++;
      } catch {
        // The connection is gone, and there is no new one.
      }
    };
    const clients = Array.from({ length: 6 }, askOn);
    while (answered < 12) await new Promise(resolve => setTimeout(resolve, 10));
    const started = Date.now();
    await server.close();
    expect(Date.now() - started).toBeLessThan(4000);
    await Promise.all(clients);
  });

  it('cuts what is left after 10 s', async () => {
    const server = await open({ analyze: () => new Promise(() => {}) });
    const answer = upload(server).catch(() => 'cut');
    await new Promise(resolve => setTimeout(resolve, 200));
    const started = Date.now();
    await server.close();
    expect(Date.now() - started).toBeLessThan(13_000);
    expect(await answer).toBe('cut');
  });
});
