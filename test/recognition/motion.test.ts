import { describe, expect, it } from 'vitest';
import {
  boxOf,
  correctMotion,
  deviationOf,
  type Motion,
  predictMotion,
  startMotion,
} from '../../src/recognition/motion.ts';

const box = (x: number, size = 100) => ({ left: x, top: 50, right: x + size, bottom: 50 + size });

/** The motion of a face found at these boxes, 200 ms apart. */
function follow(boxes: readonly ReturnType<typeof box>[]): Motion {
  const [first, ...others] = boxes;
  return others.reduce(
    (motion, found, at) => correctMotion(predictMotion(motion, (at + 1) * 200), found),
    startMotion(first, 0),
  );
}

describe('the motion of a face', () => {
  it('is expected where it was when it does not move', () => {
    const { left, top, right, bottom } = boxOf(predictMotion(follow([box(100), box(100), box(100)]), 600));
    expect([left, top, right, bottom].map(Math.round)).toEqual([100, 50, 200, 150]);
  });

  it('goes on at its speed', () => {
    const motion = follow([box(0), box(40), box(80), box(120), box(160)]);
    expect(motion.x.v).toBeGreaterThan(180);
    expect(motion.x.v).toBeLessThan(210);
    expect(Math.abs(boxOf(predictMotion(motion, 1000)).left - 200)).toBeLessThan(6);
  });

  it('grows as it did', () => {
    const motion = follow([100, 110, 121, 133, 146].map(size => box(0, size)));
    const { top, bottom } = boxOf(predictMotion(motion, 1000));
    expect(Math.abs(bottom - top - 161)).toBeLessThan(6);
  });

  it('is not carried on for ever, only its doubt grows', () => {
    const motion = follow([box(0), box(40), box(80), box(120)]);
    const [soon, late] = [1200, 2600].map(at => predictMotion(motion, at));
    expect(boxOf(late).left).toBeCloseTo(boxOf(soon).left, 6);
    expect(deviationOf(late, box(400)).doubt).toBeGreaterThan(deviationOf(soon, box(400)).doubt);
  });

  it('takes the same step for more where it knows less', () => {
    const sure = follow([box(0), box(0), box(0), box(0)]);
    const unsure = startMotion(box(0), 600);
    const [a, b] = [sure, unsure].map(motion => deviationOf(predictMotion(motion, 800), box(60)));
    expect(a.distance).toBeGreaterThan(3 * b.distance);
  });
});
