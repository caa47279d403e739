import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { reportTo } from '../../src/daemon/supervision.ts';
import { createLogger } from '../../src/platform/logger.ts';

/** A report to a manager that wants a sign of life within 30 ms, or none at all. */
async function reporting(
  parts: { watchdogMs?: number },
  body: (report: {
    told: string[][];
    log: string[];
    state: { stuck?: string; reasons: string[]; status: string };
  }) => Promise<void>,
): Promise<void> {
  const told: string[][] = [];
  const log: string[] = [];
  const state: { stuck?: string; reasons: string[]; status: string } = { reasons: [], status: 'All well.' };
  const stop = new AbortController();
  const running = reportTo(
    { ...parts, tell: async (...assignments) => void told.push([...assignments]) },
    {
      health: {
        stuck: () => state.stuck,
        readiness: () => ({ ready: state.reasons.length === 0, reasons: state.reasons }),
      },
      status: () => state.status,
      log: createLogger({ level: 'debug', write: line => void log.push(line) }),
    },
    stop.signal,
  );
  try {
    await body({ told, log, state });
  } finally {
    stop.abort();
    await running;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !condition(); await sleep(1))
    if (performance.now() > end) throw new Error('never');
}

describe('the report to the service manager', () => {
  it('says ready first, then gives signs of life', () =>
    reporting({ watchdogMs: 30 }, async ({ told }) => {
      await until(() => told.length > 3);
      expect(told[0]).toEqual(['READY=1', 'STATUS=All well.']);
      expect(told[1]).toEqual(['STATUS=All well.', 'WATCHDOG=1']);
      expect(told[2]).toEqual(['WATCHDOG=1']);
    }));

  it('gives none while the daemon is stuck, says why once, and goes on when it is not', () =>
    reporting({ watchdogMs: 30 }, async ({ told, log, state }) => {
      await until(() => told.length > 2);
      state.stuck = 'Frames come but none is analysed.';
      await until(() => told.some(lines => lines.includes('STATUS=Frames come but none is analysed.')));
      const before = told.length;
      await sleep(100);
      expect(told.length).toBe(before);
      expect(log.filter(line => line.includes('is stuck'))).toHaveLength(1);
      delete state.stuck;
      await until(() => told.length > before + 1);
      expect(told.at(-1)).toEqual(['WATCHDOG=1']);
    }));

  it('shows why the daemon is not ready, and goes on living', () =>
    reporting({ watchdogMs: 30 }, async ({ told, state }) => {
      state.reasons = ['No engine worker is running; one is being restarted.'];
      await until(() => told.some(([status]) => status === `STATUS=${state.reasons[0]}`));
      expect(told.at(-1)).toContain('WATCHDOG=1');
    }));

  it('gives no sign of life where none is wanted', () =>
    reporting({}, async ({ told }) => {
      await until(() => told.length === 2);
      expect(told).toEqual([['READY=1', 'STATUS=All well.'], ['STATUS=All well.']]);
    }));
});
