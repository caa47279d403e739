import type { Command } from 'commander';
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

/** A client for the daemon that --url, $FACEGATE_URL or the configuration names, with the token in $FACEGATE_TOKEN. */
export async function connectDaemon(command: Command, terminal: Terminal): Promise<DaemonClient> {
  const token = terminal.env.FACEGATE_TOKEN;
  if (!token)
    throw new FacegateError(
      'unauthorized',
      'Put a token into $FACEGATE_TOKEN; "facegate token create" makes one.',
    );
  const { url } = command.optsWithGlobals<{ url?: string }>();
  const { http } = (await readConfig(command, terminal)).config;
  const base = url ?? terminal.env.FACEGATE_URL ?? `http://${http.host}:${http.port}`;
  return async (method, path, body, onHeaders) => {
    const response = await fetch(new URL(path, base), {
      method,
      headers: { authorization: `Token ${token}` },
      ...(body ? { body } : {}),
    }).catch((error: unknown) => {
      throw new FacegateError('not_ready', `No daemon answers at ${base}: start it, or name it with --url.`, {
        cause: error,
      });
    });
    const answer = (await response.json()) as { message?: string };
    if (!response.ok)
      throw new FacegateError('invalid_request', answer.message ?? `The daemon answered ${response.status}.`);
    onHeaders?.(response.headers);
    return answer;
  };
}
