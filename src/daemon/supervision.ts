import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';
import type { ServiceManager } from '../platform/systemd.ts';
import type { Health } from './health.ts';

/** How often the status is told where nobody waits for a sign of life. */
const STATUS_MS = 10_000;
/** Signs of life in the time after which one is missed. */
const SIGNS = 3;

/**
 * Says `READY=1`, then gives signs of life until `signal` aborts: from the main thread, and only while everything makes progress. Where it does
 * not, the service manager ends the daemon and starts it again.
 */
export async function reportTo(
  manager: ServiceManager,
  parts: { health: Pick<Health, 'stuck' | 'readiness'>; status: () => string; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const { health, status, log } = parts;
  const interval = Math.min(STATUS_MS, (manager.watchdogMs ?? Number.POSITIVE_INFINITY) / SIGNS);
  let told: string | undefined;
  let isStuck = false;
  await manager.tell('READY=1', `STATUS=${status()}`);
  while (!signal.aborted) {
    const reason = health.stuck();
    if (reason !== undefined && !isStuck)
      log.error(
        { reason },
        'The daemon is stuck and gives no more signs of life: it should be started again.',
      );
    isStuck = reason !== undefined;
    const text = reason ?? health.readiness().reasons[0] ?? status();
    const news = [
      ...(text === told ? [] : [`STATUS=${text}`]),
      ...(isStuck || manager.watchdogMs === undefined ? [] : ['WATCHDOG=1']),
    ];
    told = text;
    if (news.length > 0) await manager.tell(...news);
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
}
