import type { Logger } from '../../platform/logger.ts';
import type { Act } from './audit-chain.ts';

/** Acts that nobody waits for, written down together a moment later; a crash loses at most that moment. */
export interface AuditQueue {
  add(act: Act): void;
  /** Writes what is left. */
  close(): Promise<void>;
}

const DELAY_MS = 200;
const MOST_AT_ONCE = 256;
/** Beyond it the oldest give way: the disk has stopped. */
const MOST_WAITING = 10_000;

/** A queue before `record`. On a full disk acts are dropped, and the next one that fits is preceded by how many those were. */
export function createAuditQueue(options: {
  record: (acts: readonly Act[]) => Promise<void>;
  log: Logger;
  now?: () => number;
  delayMs?: number;
}): AuditQueue {
  const { record, log, now = Date.now, delayMs = DELAY_MS } = options;
  const waiting: Act[] = [];
  let dropped = 0;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const drop = (acts: readonly Act[], error: unknown): void => {
    if (dropped === 0)
      log.error({ err: error }, 'Acts cannot be written into the audit log; they are counted.');
    dropped += acts.length;
  };

  const writeSome = async (): Promise<void> => {
    const acts = waiting.splice(0, MOST_AT_ONCE);
    const missing = dropped;
    const gap: Act = { at: now(), act: 'audit.gap', by: 'system:audit', details: { dropped: missing } };
    try {
      await record(missing > 0 ? [gap, ...acts] : acts);
      dropped -= missing;
    } catch (error) {
      drop(acts, error);
    }
  };

  const write = async (): Promise<void> => {
    while (waiting.length > 0) await writeSome();
  };

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  return {
    add: act => {
      waiting.push(act);
      if (waiting.length > MOST_WAITING) drop([waiting.shift()!], new Error('Too many acts wait.'));
      timer ??= setTimeout(() => void flush(), delayMs);
    },
    close: async () => {
      await flush();
      if (waiting.length > 0) await flush();
    },
  };
}
