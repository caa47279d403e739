import { randomUUID } from 'node:crypto';
import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerHeaders } from './answer-headers.ts';
import { failureBody } from './error-table.ts';

/** Milliseconds for which more of a broken request is let in: cut off at once, a client that is still sending would never see its answer. */
const LINGER_MS = 2000;

/** The body of an answer to what is no request. */
export const NOT_HTTP = failureBody('invalid_request', 'The request is not valid HTTP.');

/** Requests that Node's parser refuses never reach the app; they are told why in the same shape, then cut. */
export function answerBrokenRequests(server: Server): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, answer) => void latest.set(socket, answer));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = latest.get(socket);
    // A request whose answer has begun, or that was answered before its body broke, must not get a second one.
    const begun = answer?.headersSent && !(answer.writableFinished && answer.req.complete);
    // Who could not even begin TLS would not understand an answer.
    const isHttp = /^(HPE|ERR_HTTP)_/.test(error.code ?? '');
    if (begun || !isHttp || !socket.writable) return void socket.destroy();
    const { line, body } = brokenAnswer(error.code);
    const text = JSON.stringify(body);
    const headers = Object.entries({
      ...brokenHeaders(),
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${line}\r\n${headers.join('')}\r\n${text}`);
    discard(socket);
  });
}

/** Reads on past the parser until the client ends too, but not for long. */
function discard(socket: Duplex): void {
  socket.removeAllListeners('data');
  socket.on('data', () => {});
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

function brokenAnswer(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      line: '431 Request Header Fields Too Large',
      body: failureBody(
        'too_large',
        'The request headers are larger than 8 KiB; send fewer or shorter ones.',
      ),
    };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return {
      line: '408 Request Timeout',
      body: failureBody('invalid_request', 'The request did not arrive within 15 s; send it again.'),
    };
  return { line: '400 Bad Request', body: NOT_HTTP };
}

/** The headers of an answer that ends its connection. */
export function brokenHeaders(): Record<string, string> {
  return { ...answerHeaders(randomUUID()), connection: 'close' };
}
