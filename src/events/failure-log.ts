import type { Logger } from '../platform/logger.ts';
import type { MqttVersion } from './broker-address.ts';
import { failureSentence } from './connection-failure.ts';

/** A connection that lasted this long was a good one: what ends it is news again. */
const LASTING_MS = 60_000;

/** Tells the operator about the connection to the broker: each reason once per outage, not once per attempt. */
export interface FailureLog {
  connected(version: MqttVersion): void;
  /** `error` undefined means the broker closed the connection. */
  failed(error: unknown): void;
  /** The newest reason; undefined while connected. */
  lastError(): string | undefined;
}

/** A log for the broker at `place` (host:port). */
export function createFailureLog(options: { place: string; now: () => number; log: Logger }): FailureLog {
  const { place, now, log } = options;
  const told = new Set<string>();
  let connectedAt: number | undefined;
  let saidConnected = false;
  let lastError: string | undefined;

  return {
    connected(version) {
      connectedAt = now();
      lastError = undefined;
      if (!saidConnected)
        log.info({ broker: place, mqtt: version === 5 ? '5' : '3.1.1' }, 'Connected to the broker.');
      saidConnected = true;
    },
    failed(error) {
      if (connectedAt !== undefined && now() - connectedAt >= LASTING_MS) told.clear();
      connectedAt = undefined;
      lastError = failureSentence(error, place);
      if (told.has(lastError)) return;
      told.add(lastError);
      saidConnected = false;
      log.warn({ broker: place }, lastError);
    },
    lastError: () => lastError,
  };
}
