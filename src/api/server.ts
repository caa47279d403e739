import { createServer, type Server as NodeServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { StartupError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { ApiEnv } from './environment.ts';
import { failureBody } from './error-table.ts';

const DRAIN_MS = 10_000;
const DRAIN_STEP_MS = 50;
const MAX_CONNECTIONS = 256;
const NOT_HTTP = failureBody('invalid_request', 'The request is not valid HTTP.');

/** A listening REST server. */
export interface RestServer {
  readonly port: number;
  readonly url: string;
  /** Takes no more connections, lets requests under way end, and after 10 s cuts what is left. */
  close(): Promise<void>;
}

/** Listens on host and port (0 takes a free one). Throws StartupError where it cannot. */
export async function openServer(options: {
  app: Hono<ApiEnv>;
  host: string;
  port: number;
  log: Logger;
}): Promise<RestServer> {
  const { app, host, log } = options;
  const listener = getRequestListener(
    (request, env) =>
      app.fetch(request, {
        address: 'socket' in env.incoming ? env.incoming.socket.remoteAddress : undefined,
      }),
    { overrideGlobalObjects: false, errorHandler: () => badRequest() },
  );
  const server = createServer(
    {
      headersTimeout: 5000,
      requestTimeout: 15_000,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 5000,
      maxHeaderSize: 8 * 1024,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = MAX_CONNECTIONS;
  answerBrokenRequests(server);
  await listening(server, host, options.port);
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  server.on('error', err => log.error({ err }, 'The REST server reports an error.'));
  log.info({ url }, 'The REST server listens.');
  return { port, url, close: () => close(server) };
}

function listening(server: NodeServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new StartupError(`The REST server ${reasonOf(cause, host, port)}`, { cause }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `port ${port} of ${host}`;
  if (code === 'EADDRINUSE')
    return `cannot use ${where}: it is taken; stop what listens there or set http.port.`;
  if (code === 'EACCES') return `may not use ${where}; set http.port to 1024 or more.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `cannot listen on ${host}: this machine has no such address; set http.host.`;
  return `cannot use ${where}: ${message}.`;
}

/** Requests that Node's parser refuses never reach the app; they are told why in the same shape, then cut. */
function answerBrokenRequests(server: NodeServer): void {
  const unanswered = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (incoming, outgoing) => {
    unanswered.set(incoming.socket, outgoing);
    outgoing.once('close', () => unanswered.delete(incoming.socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Bytes after the start of an answer would be read as a second one.
    if (error.code === 'ECONNRESET' || !socket.writable || unanswered.get(socket)?.headersSent)
      return void socket.destroy();
    const { line, body } = brokenAnswer(error.code);
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      () => socket.destroy(),
    );
  });
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

function badRequest(): Response {
  return Response.json(NOT_HTTP, { status: 400 });
}

async function close(server: NodeServer): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  const drained = closed.then(() => true);
  for (let waited = 0; waited < DRAIN_MS; waited += DRAIN_STEP_MS) {
    // A connection kept alive is idle only once its answer has gone out.
    server.closeIdleConnections();
    if (await Promise.race([drained, setTimeout(DRAIN_STEP_MS, false)])) return;
  }
  server.closeAllConnections();
  await closed;
}
