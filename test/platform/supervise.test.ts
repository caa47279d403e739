import { describe, expect, it } from 'vitest';
import { type Attempt, type SupervisionOptions, supervise } from '../../src/platform/supervise.ts';

/** Runs the attempts one after the other (the last one ends it) and returns the delays that were waited. */
async function delaysOf(
  attempts: readonly (Attempt | Error)[],
  options: SupervisionOptions = {},
): Promise<{ delays: number[]; errors: unknown[] }> {
  const delays: number[] = [];
  const errors: unknown[] = [];
  const left = [...attempts];
  await supervise(
    async () => {
      const next = left.shift() ?? { healthyMs: 0, retry: 'never' };
      if (next instanceof Error) throw next;
      return next;
    },
    new AbortController().signal,
    { onBackoff: ms => void delays.push(ms), onError: error => void errors.push(error) },
    { random: () => 0.5, sleep: async () => {}, ...options },
  );
  return { delays, errors };
}

const failed: Attempt = { healthyMs: 0, retry: 'soon' };

describe('a supervised task', () => {
  it('is tried again after 1, 2, 4 ... and at most 60 seconds', async () => {
    const { delays } = await delaysOf(Array.from({ length: 9 }, () => failed));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('spreads its tries over half to one and a half times the delay', async () => {
    expect((await delaysOf([failed, failed], { random: () => 0 })).delays).toEqual([500, 1000]);
    expect((await delaysOf([failed, failed], { random: () => 0.999 })).delays).toEqual([1499, 2998]);
  });

  it('is tried soon again only after it was healthy for 30 seconds', async () => {
    const flapping = { healthyMs: 29_999, retry: 'soon' } as const;
    const healthy = { healthyMs: 30_000, retry: 'soon' } as const;
    const { delays } = await delaysOf([failed, failed, flapping, healthy, failed]);
    expect(delays).toEqual([1000, 2000, 4000, 1000, 2000]);
  });

  it('waits for minutes where only a person can help', async () => {
    const { delays } = await delaysOf([{ healthyMs: 0, retry: 'late' }, failed]);
    expect(delays).toEqual([180_000, 1000]);
  });

  it('counts an error as a failed try and goes on', async () => {
    const mishap = new Error('mishap');
    const { delays, errors } = await delaysOf([mishap, failed]);
    expect(delays).toEqual([1000, 2000]);
    expect(errors).toEqual([mishap]);
  });

  it('ends at once when it is stopped while waiting', async () => {
    const stopping = new AbortController();
    let tries = 0;
    await supervise(
      async () => {
        tries++;
        return failed;
      },
      stopping.signal,
      { onBackoff: () => setTimeout(() => stopping.abort(), 10), onError: () => {} },
    );
    expect(tries).toBe(1);
  });

  it('is not begun when it was stopped before', async () => {
    let tries = 0;
    const attempt = async () => {
      tries++;
      return failed;
    };
    await supervise(attempt, AbortSignal.abort(), { onBackoff: () => {}, onError: () => {} });
    expect(tries).toBe(0);
  });
});
