import { describe, expect, it } from 'vitest';
import { createHealth, type HealthParts } from '../../src/daemon/health.ts';
import { FacegateError } from '../../src/domain/errors.ts';
import { createLogger, silentLogger } from '../../src/platform/logger.ts';
import type { WriteProgress } from '../../src/store/lmdb/environment.ts';

function health(
  more: {
    alive?: number;
    pipelines?: { live: number; stalled: number };
    progress?: Partial<WriteProgress>;
    probe?: HealthParts['store']['probe'];
    log?: HealthParts['log'];
  } = {},
) {
  let looks = 0;
  const progress = { pendingMs: 0, sinceDurableMs: 0, free: 1e9, isFull: false, ...more.progress };
  const made = createHealth({
    engine: { stats: () => ({ workers: { alive: more.alive ?? 2 } }) } as HealthParts['engine'],
    store: { progress: () => progress, probe: more.probe ?? (async () => undefined) },
    pipelines: { look: () => void looks++, read: () => more.pipelines ?? { live: 2, stalled: 0 } },
    log: more.log ?? silentLogger,
  });
  return { ...made, looks: () => looks };
}

describe('health', () => {
  it('is good where everything gets on', () => {
    expect(health().readiness()).toEqual({ ready: true, reasons: [] });
    expect(health().stuck()).toBeUndefined();
  });

  it.each([
    ['no worker runs', { alive: 0 }, 'No engine worker is running; one is being restarted.'],
    [
      'the disk is slow',
      { progress: { pendingMs: 5001 } },
      'The disk is too slow: a change of the store is not durable yet.',
    ],
    [
      'the disk is full',
      { progress: { isFull: true } },
      "The store's disk is full: no decision can be made; free some space.",
    ],
    [
      'frames are not analysed',
      { pipelines: { live: 3, stalled: 1 } },
      'Frames of 1 of 3 cameras come but are not analysed.',
    ],
  ])('says that it is not ready where %s', (_, parts, reason) => {
    expect(health(parts).readiness()).toEqual({ ready: false, reasons: [reason] });
  });

  it.each([
    [
      'a change never becomes durable',
      { progress: { pendingMs: 20_001 } },
      'A change of the store does not become durable.',
    ],
    [
      'no frame of any camera is analysed',
      { pipelines: { live: 2, stalled: 2 } },
      'Frames come but none is analysed.',
    ],
  ])('is stuck where %s', (_, parts, reason) => {
    expect(health(parts).stuck()).toBe(reason);
  });

  it.each([
    ['every camera is away', { pipelines: { live: 0, stalled: 0 } }],
    ['one camera of two is not analysed', { pipelines: { live: 2, stalled: 1 } }],
    ['a worker is being restarted', { alive: 0 }],
    ['the disk is slow or full', { progress: { pendingMs: 19_000, isFull: true } }],
  ])('is not stuck where %s', (_, parts) => {
    expect(health(parts).stuck()).toBeUndefined();
  });

  /** Runs it for its first look. */
  async function firstLook(parts: Parameters<typeof health>[0]): Promise<void> {
    const stop = new AbortController();
    const running = health(parts).run(stop.signal);
    stop.abort();
    await running;
  }

  it('tries the store where nothing was written for a minute, and only then', async () => {
    let probes = 0;
    const probe = async () => void probes++;
    await firstLook({ probe, progress: { sinceDurableMs: 59_000 } });
    expect(probes).toBe(0);
    await firstLook({ probe, progress: { sinceDurableMs: 60_001 } });
    expect(probes).toBe(1);
  });

  it('takes a full disk as it is, and logs what else the store refuses', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', write: line => void lines.push(line) });
    const idle = { log, progress: { sinceDurableMs: 60_001 } };
    await firstLook({ ...idle, probe: () => Promise.reject(new FacegateError('storage_full', 'Full.')) });
    expect(lines).toEqual([]);
    await firstLook({ ...idle, probe: () => Promise.reject(new Error('no')) });
    expect(lines.join('')).toContain('The store could not be tried.');
  });

  it('looks at the pipelines from the start', async () => {
    const stop = new AbortController();
    const watched = health();
    const running = watched.run(stop.signal);
    stop.abort();
    await running;
    expect(watched.looks()).toBe(1);
  });
});
