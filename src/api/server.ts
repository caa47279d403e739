import { once, setMaxListeners } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server as NodeServer,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Hono } from 'hono';
import { StartupError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { answerBrokenRequests, brokenHeaders, NOT_HTTP } from './broken-requests.ts';
import { boundConnections } from './connections.ts';
import type { ApiEnv } from './environment.ts';
import { failureBody, STATUS } from './error-table.ts';
import { createTurns } from './turns.ts';

const DRAIN_MS = 10_000;
const MAX_CONNECTIONS = 256;

/** A certificate with its chain, and its private key; PEM text. */
export interface Certificate {
  readonly cert?: string;
  readonly key?: string;
}

/** A listening REST server. */
export interface RestServer {
  readonly port: number;
  readonly url: string;
  /** Shows this certificate to whoever connects from now on; only where there was one from the start. */
  renew(tls: Certificate): void;
  /** Takes no more connections, ends what has no end of its own, lets requests under way end for at most 10 s, then cuts what is left. */
  close(): Promise<void>;
}

/** Listens on host and port (0 takes a free one), with TLS where there is a certificate (PEM). Throws StartupError where it cannot. */
export async function openServer(options: {
  app: Hono<ApiEnv>;
  host: string;
  port: number;
  tls?: Certificate;
  log: Logger;
}): Promise<RestServer> {
  const { app, host, tls = {}, log } = options;
  const closing = new AbortController();
  // Every answer without an end of its own listens; their number is bounded elsewhere.
  setMaxListeners(0, closing.signal);
  const nextTurn = createTurns();
  const listener = getRequestListener(
    async (request, { incoming, outgoing }) => {
      await nextTurn();
      return app.fetch(request, {
        address: 'socket' in incoming ? incoming.socket.remoteAddress : undefined,
        closing: closing.signal,
        hangUp: () => void outgoing.destroy(),
      });
    },
    {
      overrideGlobalObjects: false,
      autoCleanupIncoming: false,
      errorHandler: error => refusal(error, log),
    },
  );
  const settings = {
    headersTimeout: 5000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 5000,
    maxHeaderSize: 8 * 1024,
    // Node's own answer would have no body; the listener refuses it in JSON.
    requireHostHeader: false,
  };
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.once('finish', () => discardRest(incoming));
    void listener(incoming, outgoing);
  };
  const server =
    tls.cert === undefined
      ? createServer(settings, serve)
      : createTlsServer({ ...settings, ...tls, handshakeTimeout: 5000, minVersion: 'TLSv1.2' }, serve);
  boundConnections(server, MAX_CONNECTIONS);
  const underWay = trackAnswers(server, closing.signal);
  answerBrokenRequests(server);
  await listening(server, host, options.port);
  const { port } = server.address() as AddressInfo;
  const url = `${tls.cert === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  server.on('error', err => log.error({ err }, 'The REST server reports an error.'));
  log.info({ url }, 'The REST server listens.');
  return {
    port,
    url,
    renew: renewed => {
      if (server instanceof TlsServer) server.setSecureContext({ ...renewed, minVersion: 'TLSv1.2' });
    },
    close: () => {
      closing.abort();
      return close(server, underWay);
    },
  };
}

/** Many clients read nothing before they have sent everything, so what is left of a refused upload is let in; the request timeout ends it. */
function discardRest(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  incoming.removeAllListeners('data');
  incoming.resume();
}

/** What the adapter could not make a request of (a bad Host, a backslash in the path), or the app threw past its own handler. */
function refusal(error: unknown, log: Logger): Response {
  if (error instanceof RequestError)
    return Response.json(NOT_HTTP, { status: 400, headers: brokenHeaders() });
  log.error({ err: error }, 'A request failed outside the app.');
  const body = failureBody('internal', 'Something went wrong inside the service; its log has the cause.');
  return Response.json(body, { status: STATUS.internal, headers: brokenHeaders() });
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

/** The answers that are not through yet. From `closing` on each ends its connection, or busy clients would keep the server busy for ever. */
function trackAnswers(server: NodeServer, closing: AbortSignal): ReadonlySet<ServerResponse> {
  const underWay = new Set<ServerResponse>();
  closing.addEventListener('abort', () => {
    for (const answer of underWay) answer.shouldKeepAlive = false;
  });
  server.on('request', (_incoming, outgoing) => {
    if (closing.aborted) outgoing.shouldKeepAlive = false;
    underWay.add(outgoing);
    outgoing.once('close', () => underWay.delete(outgoing));
  });
  return underWay;
}

async function close(server: NodeServer, underWay: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  const deadline = AbortSignal.timeout(DRAIN_MS);
  while (underWay.size > 0 && !deadline.aborted) {
    const [answer] = underWay;
    await once(answer!, 'close', { signal: deadline }).catch(() => {});
  }
  server.closeAllConnections();
  await closed;
}
