import { setTimeout as sleep } from 'node:timers/promises';
import type { RestServer } from '../api/server.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../platform/logger.ts';
import { readTlsMaterial } from '../platform/tls-material.ts';

const LOOK_MS = 60_000;

/**
 * Until aborted, gives the server what stands in the files of http.cert and http.key as soon as it has changed. What cannot be used (yet, where only one of the
 * two was renewed so far) is logged once, and the certificate of before stays.
 */
export async function renewCertificate(
  {
    http,
    server,
    log,
    everyMs = LOOK_MS,
  }: {
    http: Pick<Config['http'], 'cert' | 'key'>;
    server: Pick<RestServer, 'renew'>;
    log: Logger;
    everyMs?: number;
  },
  signal: AbortSignal,
): Promise<void> {
  if (http.cert === undefined) return;
  let inUse: string | undefined;
  let complaint: string | undefined;
  while (!signal.aborted) {
    try {
      const material = await readTlsMaterial('http', { ca: undefined, cert: http.cert, key: http.key });
      const found = `${material.cert}${material.key}`;
      // The server began before this: what it read may be older than what is found first.
      if (found !== inUse) server.renew(material);
      if (inUse !== undefined && found !== inUse) log.info({}, 'The renewed certificate is in use.');
      inUse = found;
      complaint = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== complaint)
        log.error({ err: error }, 'The renewed certificate cannot be used; the one before stays in use.');
      complaint = message;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
