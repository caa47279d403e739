import { execFile } from 'node:child_process';
import type { Logger } from './logger.ts';

/** What started the daemon and may want to hear from it: systemd, or nobody. */
export interface ServiceManager {
  /** How often it wants a sign of life, in milliseconds; undefined where it wants none. */
  readonly watchdogMs?: number;
  /** Sends assignments as sd_notify(3) has them, for example `READY=1`; resolves when they have arrived, or never will. */
  tell(...assignments: readonly string[]): Promise<void>;
}

const TIMEOUT_MS = 5000;

/**
 * The service manager of this process. Node cannot write to the datagram socket of systemd, so the program systemd-notify does (some 10 ms each):
 * a message comes from a child, for which a unit needs NotifyAccess=all. Without NOTIFY_SOCKET in `env` nobody is told anything.
 */
export function createServiceManager(parts: {
  env: Readonly<Record<string, string | undefined>>;
  log: Logger;
  pid?: number;
}): ServiceManager {
  const { env, log, pid = process.pid } = parts;
  const { NOTIFY_SOCKET: socket, PATH = '/usr/bin:/bin' } = env;
  if (!socket) return { tell: async () => undefined };
  const watchdogMs = watchdogOf(env, pid);
  let isDeaf = false;
  let last: Promise<void> = Promise.resolve();

  const send = (assignments: readonly string[]): Promise<void> =>
    new Promise(resolve => {
      // Nothing else of the environment: it holds passwords.
      const options = { env: { NOTIFY_SOCKET: socket, PATH }, timeout: TIMEOUT_MS };
      execFile('systemd-notify', [...assignments], options, error => {
        if (error && !isDeaf)
          log.warn(
            { reason: error.message },
            'systemd could not be told how the daemon is: check that systemd-notify is installed.',
          );
        isDeaf = error !== null;
        resolve();
      });
    });

  return {
    ...(watchdogMs !== undefined && { watchdogMs }),
    // One after the other: each is sent by a process of its own, and READY must not overtake what came before.
    tell: (...assignments) => {
      last = last.then(() => send(assignments));
      return last;
    },
  };
}

/** See sd_watchdog_enabled(3). */
function watchdogOf(
  { WATCHDOG_USEC: micros, WATCHDOG_PID: of }: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  if (!micros || !/^[1-9]\d*$/.test(micros)) return undefined;
  return of === undefined || of === String(pid) ? Number(micros) / 1000 : undefined;
}
