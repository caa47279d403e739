import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScheduler, type Lane } from '../../src/engine/scheduler.ts';

const STREAK = { camera: 3, upload: 1 };
const idle = { camera: 0, upload: 0 };
const create = (maxWaitingUploads = 1000) =>
  createScheduler<number>({ streak: STREAK, maxWaitingUploads, cameraOf: () => 'one' });

/** Lanes in the order in which one worker would serve them, with both lanes always full. */
const serve = (count: number): Lane[] => {
  const scheduler = create();
  for (let job = 0; job < count; job++) {
    scheduler.add('camera', job);
    scheduler.add('upload', job);
  }
  return Array.from({ length: count }, () => scheduler.next(idle, 1)!.lane);
};

describe('the scheduler', () => {
  it('lets three jobs of cameras pass, then one upload, while both wait', () => {
    expect(serve(9).filter(lane => lane === 'upload')).toHaveLength(2);
    expect(serve(40).join(' ')).not.toMatch(/(camera ){4}|upload upload/);
  });

  it('gives a lane that is alone everything', () => {
    const scheduler = create();
    for (let job = 0; job < 5; job++) scheduler.add('upload', job);
    expect(Array.from({ length: 5 }, () => scheduler.next(idle, 2)!.job)).toEqual([0, 1, 2, 3, 4]);
    expect(scheduler.next(idle, 2)).toBeUndefined();
  });

  it('keeps one worker for the cameras while they wait', () => {
    const scheduler = create();
    for (let job = 0; job < 20; job++) scheduler.add('upload', job);
    for (let job = 0; job < 20; job++) scheduler.add('camera', job);
    const served = Array.from({ length: 10 }, () => scheduler.next({ camera: 0, upload: 1 }, 2)!.lane);
    expect(new Set(served)).toEqual(new Set(['camera']));
    expect(scheduler.next(idle, 2)!.lane).toBe('upload');
  });

  it('refuses more uploads than may wait, but never a camera', () => {
    const scheduler = create(2);
    scheduler.add('upload', 1);
    scheduler.add('upload', 2);
    expect(() => scheduler.add('upload', 3)).toThrow(expect.objectContaining({ code: 'overloaded' }));
    for (let job = 0; job < 50; job++) scheduler.add('camera', job);
    expect(scheduler.waiting).toEqual({ camera: 50, upload: 2 });
  });

  it('takes jobs of one kind together and leaves the others in their order', () => {
    const scheduler = create();
    for (let job = 0; job < 6; job++) scheduler.add('camera', job);
    expect(scheduler.more(job => job % 2 === 1, 2)).toEqual([1, 3]);
    scheduler.putBack(9);
    expect(scheduler.drain()).toEqual([9, 0, 2, 4, 5]);
  });

  it('starves neither lane, whatever comes', () => {
    const arrivals = fc.array(fc.constantFrom<Lane>('camera', 'upload'), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(arrivals, { minLength: 50, maxLength: 100 }),
        fc.integer({ min: 1, max: 4 }),
        (turns, workers) => {
          const scheduler = create(1e6);
          const passed = { camera: 0, upload: 0 };
          for (const lanes of turns) {
            for (const [job, lane] of lanes.entries()) scheduler.add(lane, job);
            const before = scheduler.waiting;
            const next = scheduler.next(idle, workers);
            if (next === undefined) continue;
            const other = next.lane === 'camera' ? 'upload' : 'camera';
            passed[next.lane] = 0;
            passed[other] = before[other] === 0 ? 0 : passed[other] + 1;
            expect(passed[other]).toBeLessThanOrEqual(STREAK[next.lane]);
          }
        },
      ),
    );
  });
});
