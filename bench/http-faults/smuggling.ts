import { connect } from 'node:net';

/** Bytes that a proxy and a server may read in two ways, or that are no HTTP. `most`: how many answers they may get. */
export interface RawCase {
  readonly name: string;
  readonly bytes: string;
  readonly most: number;
}

const HOST = 'Host: a\r\n';
const HIDDEN = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
const post = (headers: string, body: string) =>
  `POST /miicloud/match_faces HTTP/1.1\r\n${HOST}${headers}\r\n\r\n${body}`;
const chunked = 'Transfer-Encoding: chunked';
const one = (name: string, bytes: string): RawCase => ({ name, bytes, most: 1 });

/** Two lengths, broken chunks, broken headers, other protocols. */
export const RAW_CASES: readonly RawCase[] = [
  one('length and chunks', post(`Content-Length: 4\r\n${chunked}`, `0\r\n\r\n${HIDDEN}`)),
  one('chunks and length', post(`${chunked}\r\nContent-Length: 4`, `0\r\n\r\n${HIDDEN}`)),
  one('two lengths', post('Content-Length: 0\r\nContent-Length: 50', HIDDEN)),
  one('a list of lengths', post('Content-Length: 0, 50', HIDDEN)),
  one('a length with a sign', post('Content-Length: +0', HIDDEN)),
  one('a negative length', post('Content-Length: -1', HIDDEN)),
  one('a length in hex', post('Content-Length: 0x32', HIDDEN)),
  one('a length beyond 2^64', post('Content-Length: 18446744073709551617', HIDDEN)),
  one('an unknown coding', post('Transfer-Encoding: x', HIDDEN)),
  one('chunked, then identity', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${HIDDEN}`)),
  one('a coding after a vertical tab', post('Transfer-Encoding: \x0bchunked', `0\r\n\r\n${HIDDEN}`)),
  one('a space before the colon', post('Transfer-Encoding : chunked\r\nContent-Length: 0', HIDDEN)),
  one('a folded coding', post('Transfer-Encoding:\r\n chunked\r\nContent-Length: 5', `0\r\n\r\n${HIDDEN}`)),
  one('a folded header', `GET /health/live HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`),
  one('a chunk size that is none', post(chunked, `g\r\nx\r\n0\r\n\r\n${HIDDEN}`)),
  one('a negative chunk', post(chunked, `-1\r\nx\r\n0\r\n\r\n${HIDDEN}`)),
  one('a chunk beyond 2^64', post(chunked, `10000000000000001\r\nx\r\n0\r\n\r\n${HIDDEN}`)),
  one('a chunk longer than it says', post(chunked, `1\r\nxyz\r\n0\r\n\r\n${HIDDEN}`)),
  one('a chunk that ends in a bare line feed', post(chunked, `1\nx\n0\n\n${HIDDEN}`)),
  one('a chunk extension of 100 KB', post(chunked, `1;${'x'.repeat(100_000)}\r\nx\r\n0\r\n\r\n`)),
  one('trailers of 100 KB', post(chunked, `0\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`)),
  one('a trailer that names a length', post(chunked, `0\r\nContent-Length: 50\r\n\r\n`)),
  one('bare line feeds', `GET /health/live HTTP/1.1\nHost: a\n\n`),
  one('bare carriage returns', 'GET /health/live HTTP/1.1\rHost: a\r\r'),
  one('a zero in a header', `GET / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`),
  one('a zero in the path', `GET /\0 HTTP/1.1\r\n${HOST}\r\n`),
  one('a header without a colon', `GET / HTTP/1.1\r\n${HOST}X\r\n\r\n`),
  one('a header without a name', `GET / HTTP/1.1\r\n${HOST}: x\r\n\r\n`),
  one('two hosts', `GET / HTTP/1.1\r\n${HOST}Host: b\r\nConnection: close\r\n\r\n`),
  one('no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'),
  one('a whole URL as path', `GET http://127.0.0.1/nothing HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`),
  one('a path of 1 MB', `GET /${'x'.repeat(1 << 20)} HTTP/1.1\r\n${HOST}\r\n`),
  one('100,000 headers', `GET / HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(100_000)}\r\n`),
  one('a space in the path', `GET /health/live x HTTP/1.1\r\n${HOST}\r\n`),
  one('an unknown method', `GOT / HTTP/1.1\r\n${HOST}\r\n`),
  one('CONNECT', `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${HOST}\r\n`),
  one(
    'an upgrade to HTTP/2',
    `GET /nothing HTTP/1.1\r\n${HOST}Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
  ),
  one(
    'an upgrade to a WebSocket',
    `GET /nothing HTTP/1.1\r\n${HOST}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
  ),
  one('the start of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  one('HTTP/0.9', 'GET /health/live\r\n'),
  one('HTTP/1.2', `GET /nothing HTTP/1.2\r\n${HOST}\r\n`),
  one('HTTP/9.9', `GET /nothing HTTP/9.9\r\n${HOST}\r\n`),
  one('an expectation that is none', post('Expect: x\r\nContent-Length: 1\r\nConnection: close', 'x')),
  one('a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  one('noise', '\xff\xfe\x00\x01'.repeat(100)),
];

/** What came back: the statuses of the answers, `closed` where the server ended the connection within eight seconds. */
export function exchange(port: number, bytes: string): Promise<{ statuses: number[]; closed: boolean }> {
  return new Promise(resolve => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    const done = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
      resolve({ statuses, closed });
    };
    const timer = setTimeout(() => done(false), 8000);
    socket.setEncoding('latin1').on('data', part => (text += part));
    socket.on('error', () => {});
    socket.on('close', () => done(true));
    socket.write(bytes, 'latin1');
  });
}
