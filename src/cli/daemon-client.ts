import type { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { FacegateError } from '../domain/errors.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** Calls the running daemon and gives its JSON answer; throws what the daemon says where it refuses, `not_ready` where none answers. */
export type DaemonClient = (
  method: string,
  path: string,
  body?: FormData,
  /** Sees the headers of a good answer. */
  onHeaders?: (headers: Headers) => void,
) => Promise<unknown>;

/** The daemon to talk to. */
export interface DaemonConnection {
  /** Its address. */
  readonly base: string;
  /** Sends one request with the token; the answer as it comes, also where it is a refusal. Rejects as `fetch` does. */
  send(
    method: string,
    path: string,
    options?: { body?: FormData | string; signal?: AbortSignal },
  ): Promise<Response>;
}

/** A client for the daemon that --url, $FACEGATE_URL or the configuration names, with the token in $FACEGATE_TOKEN. */
export async function connectDaemon(command: Command, terminal: Terminal): Promise<DaemonClient> {
  const { base, send } = await findDaemon(command, terminal);
  return async (method, path, body, onHeaders) => {
    const response = await send(method, path, body && { body }).catch((error: unknown) => {
      throw noDaemon(base, error);
    });
    if (!response.ok) throw await refusalOf(response);
    onHeaders?.(response.headers);
    return response.json();
  };
}

/** The daemon that --url, $FACEGATE_URL or the configuration names, with the token in $FACEGATE_TOKEN; nothing is sent yet. */
export async function findDaemon(command: Command, terminal: Terminal): Promise<DaemonConnection> {
  const token = terminal.env.FACEGATE_TOKEN;
  if (!token)
    throw new FacegateError(
      'unauthorized',
      'Put a token into $FACEGATE_TOKEN; "facegate token create" makes one.',
    );
  const { url } = command.optsWithGlobals<{ url?: string }>();
  const { http } = (await readConfig(command, terminal)).config;
  const base = url ?? terminal.env.FACEGATE_URL ?? addressOf(http);
  return {
    base,
    send: (method, path, { body, signal } = {}) =>
      fetch(new URL(path, base), {
        method,
        headers: {
          authorization: `Token ${token}`,
          ...(typeof body === 'string' && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      }),
  };
}

/** Where a daemon with these settings answers on this machine. */
export function addressOf({ host, port, cert }: Pick<Config['http'], 'host' | 'port' | 'cert'>): string {
  const name = /^(0\.0\.0\.0|::)?$/.test(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${cert === undefined ? 'http' : 'https'}://${name}:${port}`;
}

/** What to say where no daemon answers at `base`, or one that cannot be trusted. */
export function noDaemon(base: string, cause: unknown): FacegateError {
  const code = String((cause as { cause?: { code?: unknown } }).cause?.code ?? '');
  if (/CERT|SIGNATURE/.test(code))
    return new FacegateError(
      'not_ready',
      `The certificate of ${base} cannot be trusted (${code}): put that of its CA into a file that $NODE_EXTRA_CA_CERTS names, and name the daemon by --url as its certificate does.`,
      { cause },
    );
  return new FacegateError('not_ready', `No daemon answers at ${base}: start it, or name it with --url.`, {
    cause,
  });
}

/** What the daemon said when it refused. */
export async function refusalOf(response: Response): Promise<FacegateError> {
  const { message } = (await response.json().catch(() => ({}))) as { message?: string };
  return new FacegateError('invalid_request', message ?? `The daemon answered ${response.status}.`);
}
