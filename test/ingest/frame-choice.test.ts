import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/domain/image.ts';
import { createFrameChoice, type FrameChoice, type StreamName } from '../../src/ingest/frame-choice.ts';

interface Scene {
  readonly choice: FrameChoice;
  /** Frames that were given back. */
  readonly released: Frame[];
  subPlays: boolean;
  /** A frame arrives from a stream at this time. */
  arrives(from: StreamName, at: number): Frame;
}

function scene(): Scene {
  const released: Frame[] = [];
  let sequence = 0;
  const made: Scene = {
    choice: createFrameChoice(() => made.subPlays),
    released,
    subPlays: true,
    arrives: (from, at) => {
      const image = { format: 'rgb24', width: 1, height: 1, data: new Uint8Array(3) } as const;
      const picture = { small: image, full: image, scale: 1, cameraId: from };
      const frame = {
        ...picture,
        sequence: ++sequence,
        capturedAt: at,
        isWhole: true,
        release: () => void released.push(frame),
      };
      made.choice.put(from, frame);
      return frame;
    },
  };
  return made;
}

/** Whether `promise` has resolved by now. */
async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise(setImmediate);
  return done;
}

const patient = () => new AbortController().signal;

describe('the choice between two streams', () => {
  it('gives any frame from the sub stream, detail from the main one', () => {
    const { choice, arrives } = scene();
    const [main, sub] = [arrives('main', 1), arrives('sub', 2)];
    expect(choice.take('detail')).toBe(main);
    expect(choice.take('any')).toBe(sub);
    expect(choice.take('any')).toBeUndefined();
  });

  it('gives the sub stream for detail where the main one has nothing new', () => {
    const { choice, arrives } = scene();
    const sub = arrives('sub', 1);
    expect(choice.take('detail')).toBe(sub);
    arrives('main', 2);
    expect(choice.take('any')).toBeUndefined();
  });

  it('releases a frame of the main stream that is older than what was handed out', () => {
    const { choice, arrives, released } = scene();
    const main = arrives('main', 1);
    arrives('sub', 2);
    choice.take('any');
    expect(released).toEqual([main]);
    expect(choice.take('detail')).toBeUndefined();
  });

  it('keeps a frame of the sub stream that is newer than the detail that was handed out', () => {
    const { choice, arrives, released } = scene();
    arrives('main', 1);
    const sub = arrives('sub', 2);
    choice.take('detail');
    expect(released).toEqual([]);
    expect(choice.take('any')).toBe(sub);
  });

  it('hands no instant out twice', () => {
    const { choice, arrives, released } = scene();
    arrives('sub', 5);
    choice.take('any');
    const main = arrives('main', 5);
    expect(choice.take('detail')).toBeUndefined();
    expect(released).toEqual([main]);
  });

  it('goes on where the clock was set back', () => {
    const { choice, arrives } = scene();
    arrives('sub', 3_600_000);
    choice.take('any');
    const later = arrives('sub', 7);
    expect(choice.take('any')).toBe(later);
  });

  it('does not wake for a frame of the main stream those who take any', async () => {
    const { choice, arrives } = scene();
    const any = choice.available(patient(), 'any');
    const detail = choice.available(patient(), 'detail');
    arrives('main', 1);
    expect([await settled(any), await settled(detail)]).toEqual([false, true]);
    arrives('sub', 2);
    expect(await settled(any)).toBe(true);
  });

  it('gives the main stream to everybody while the sub stream does not play', async () => {
    const made = scene();
    const main = made.arrives('main', 1);
    const any = made.choice.available(patient(), 'any');
    expect(await settled(any)).toBe(false);
    made.subPlays = false;
    made.choice.reconsider();
    expect(await settled(any)).toBe(true);
    expect(made.choice.take('any')).toBe(main);
  });

  it('rejects those who wait and are stopped', async () => {
    const stopping = new AbortController();
    const waiting = scene().choice.available(stopping.signal, 'detail');
    stopping.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('holds two frames at most, never goes back, and resolves exactly where there is one to take', async () => {
    const step = fc.oneof(
      fc.record({
        arrives: fc.constantFrom('sub' as const, 'main' as const),
        after: fc.integer({ min: 0, max: 2 }),
      }),
      fc.record({ take: fc.constantFrom('any' as const, 'detail' as const) }),
      fc.record({ subPlays: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const made = scene();
        const taken: Frame[] = [];
        let arrived = 0;
        let now = 0;
        for (const action of steps) {
          if ('subPlays' in action) {
            made.subPlays = action.subPlays;
            made.choice.reconsider();
          } else if ('arrives' in action) {
            now += action.after;
            arrived++;
            made.arrives(action.arrives, now);
          } else {
            const expected = await settled(made.choice.available(patient(), action.take));
            const frame = made.choice.take(action.take);
            expect(frame !== undefined).toBe(expected);
            if (frame !== undefined) taken.push(frame);
          }
        }
        for (const [at, frame] of taken.entries()) {
          expect(made.released).not.toContain(frame);
          if (at === 0) continue;
          expect(frame.sequence).toBeGreaterThan(taken[at - 1]!.sequence);
          expect(frame.capturedAt).toBeGreaterThan(taken[at - 1]!.capturedAt);
        }
        expect(new Set(made.released).size).toBe(made.released.length);
        expect(arrived - taken.length - made.released.length).toBeLessThanOrEqual(2);
      }),
    );
  });
});
