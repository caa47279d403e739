import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, imageBytes } from '../../src/domain/image.ts';
import { createMotionGate, type MotionGate } from '../../src/recognition/motion-gate.ts';
import { zone } from './zone.ts';

const SMALL = { width: 480, height: 360 };
/** A 16:9 picture fills the upper three quarters of the input. */
const CONTENT = 270;

/** Something in the scene, in pixels of the small picture, `contrast` levels brighter than what is behind it. */
interface Thing {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly contrast: number;
}

/** What a picture shows of a scene with soft shades; noise is uniform, `gain` and `light` are those of the exposure. */
interface Shot {
  readonly things?: readonly Thing[];
  readonly noise?: number;
  readonly light?: number;
  readonly gain?: number;
  readonly full?: { readonly width: number; readonly height: number };
}

const SHADES = Float32Array.from({ length: SMALL.width * CONTENT }, (_, at) => {
  const [x, y] = [at % SMALL.width, Math.floor(at / SMALL.width)];
  return 110 + 50 * Math.sin(x / 60) * Math.cos(y / 45);
});
/** Uniform in -1..1; each picture begins elsewhere in it. */
const NOISE = (() => {
  let state = 1;
  return Float32Array.from({ length: 2 ** 18 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
})();

function frameOf(at: number, shot: Shot = {}): Frame {
  const { things = [], noise = 0, light = 0, gain = 1 } = shot;
  const { full = { width: 640, height: 360 } } = shot;
  const scene = things.length === 0 ? SHADES : withThings(things);
  const data = new Uint8ClampedArray(imageBytes('yuv420p', SMALL.width, CONTENT));
  const start = (at * 7919) % NOISE.length;
  for (let index = 0; index < scene.length; index++)
    data[index] = gain * scene[index] + light + noise * NOISE[(start + index) % NOISE.length];
  return {
    cameraId: 'gate',
    sequence: 1,
    capturedAt: at,
    small: { format: 'yuv420p', width: SMALL.width, height: CONTENT, data: new Uint8Array(data.buffer) },
    full: { format: 'yuv420p', ...full, data: new Uint8Array(0) },
    scale: SMALL.width / full.width,
    isWhole: true,
    release: () => undefined,
  };
}

function withThings(things: readonly Thing[]): Float32Array {
  const scene = SHADES.slice();
  for (const { x, y, width, height, contrast } of things)
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) scene[row * SMALL.width + column] += contrast;
  return scene;
}

/** The times of the frames, one every 200 ms in [from, to), that must be looked at; each is. */
function lookedAt(
  gate: MotionGate,
  from: number,
  to: number,
  shot: (at: number) => Shot,
  following = false,
): number[] {
  const looked: number[] = [];
  for (let at = from; at < to; at += 200) {
    const frame = frameOf(at, shot(at));
    if (!gate.mustLook(frame, following)) continue;
    looked.push(at);
    gate.looked(at);
  }
  return looked;
}

const everySecond = (from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / 1000) }, (_, second) => from + 1000 * second);

/** A person far away whose head is 5 % of the picture high: head and shoulders. */
const farPerson = (x: number, y: number, contrast: number): Thing[] => [
  { x: x + 6, y, width: 10, height: 13, contrast },
  { x, y: y + 13, width: 24, height: 30, contrast },
];

describe('a motion gate', () => {
  it.each([
    ['at rest', () => ({})],
    ['with the noise of a sensor', () => ({ noise: 12 })],
    ['whose light changes slowly', (at: number) => ({ noise: 6, light: 40 * Math.sin(at / 3000) })],
    ['that flickers', (at: number) => ({ noise: 6, light: (at / 200) % 2 === 0 ? 5 : -5 })],
    ['whose exposure is regulated', (at: number) => ({ noise: 6, gain: 1 + 0.25 * Math.sin(at / 1500) })],
  ] as const)('has a scene %s looked at once a second', (_, shot: (at: number) => Shot) => {
    expect(lookedAt(createMotionGate([]), 0, 8000, shot)).toEqual(everySecond(0, 8000));
  });

  it('sees at once somebody who appears 5 % high, anywhere, brighter or darker, in noise', () => {
    const place = fc.record({
      x: fc.integer({ min: 0, max: SMALL.width - 24 }),
      y: fc.integer({ min: 0, max: CONTENT - 43 - 8 }),
      contrast: fc.constantFrom(-25, 25),
    });
    fc.assert(
      fc.property(place, ({ x, y, contrast }) => {
        const gate = createMotionGate([]);
        lookedAt(gate, 0, 1000, () => ({ noise: 8 }));
        const looked = lookedAt(gate, 1200, 1400, () => ({ noise: 8, things: farPerson(x, y, contrast) }));
        expect(looked).toEqual([1200]);
      }),
      { numRuns: 25 },
    );
  });

  it('sees a figure that is itself only 5 % high', () => {
    for (let x = 100; x < 116; x++) {
      const gate = createMotionGate([]);
      lookedAt(gate, 0, 1000, () => ({ noise: 6 }));
      const things = [{ x, y: 97 + (x % 8), width: 6, height: 14, contrast: 40 }];
      expect(
        lookedAt(gate, 1200, 1400, () => ({ noise: 6, things })),
        `at ${x}`,
      ).toEqual([1200]);
    }
  });

  it('keeps seeing a slow walker, a pixel per frame', () => {
    const gate = createMotionGate([]);
    const walker = (at: number) => ({ noise: 8, things: farPerson(100 + at / 200, 100, 30) });
    lookedAt(gate, 0, 2000, () => ({ noise: 8 }));
    expect(lookedAt(gate, 2000, 12_000, walker)).toHaveLength(50);
  });

  it('has every frame looked at while somebody is followed, however still they stand', () => {
    const gate = createMotionGate([]);
    expect(lookedAt(gate, 0, 4000, () => ({}), true)).toHaveLength(20);
  });

  it('gets used to a clock in the picture within a minute, and still sees who passes', () => {
    const gate = createMotionGate([]);
    const clock = (at: number) => ({
      x: 20,
      y: 20,
      width: 16,
      height: 10,
      contrast: (Math.floor(at / 1000) % 4) * 40,
    });
    lookedAt(gate, 0, 60_000, at => ({ noise: 6, things: [clock(at)] }));
    const looked = lookedAt(gate, 60_000, 64_000, at => ({ noise: 6, things: [clock(at)] }));
    expect(looked).toHaveLength(4);
    const passing = (at: number) => ({
      noise: 6,
      things: [clock(at), ...farPerson(200 + at / 50 - 1280, 100, 30)],
    });
    expect(lookedAt(gate, 64_200, 65_000, passing)).toHaveLength(4);
  });

  it('looks after a start, a gap, a change of size and a clock that was set back', () => {
    const gate = createMotionGate([]);
    const must = (at: number, shot: Shot = {}) => {
      const looks = gate.mustLook(frameOf(at, shot), false);
      if (looks) gate.looked(at);
      return looks;
    };
    expect([must(0), must(200)]).toEqual([true, false]);
    expect([must(1400), must(1600)], 'a gap').toEqual([true, false]);
    const other = { full: { width: 1280, height: 720 } };
    expect([must(1800, other), must(2000, other)], 'another size').toEqual([true, false]);
    expect([must(500), must(700)], 'a clock').toEqual([true, false]);
  });

  it('does not take a frame for looked at when the engine failed on it', () => {
    const gate = createMotionGate([]);
    const things = [{ x: 100, y: 100, width: 40, height: 40, contrast: 40 }];
    lookedAt(gate, 0, 800, () => ({}));
    for (let at = 800; at < 6000; at += 200) gate.mustLook(frameOf(at), false);
    expect(gate.mustLook(frameOf(6000, { things: [] }), false), 'what nobody looked at').toBe(true);
    expect(gate.mustLook(frameOf(6200, { things }), false)).toBe(true);
  });

  it('heeds what moves in watched parts only', () => {
    const moves = (x: number) => (at: number) => ({ things: farPerson(x + (at / 200) * 3, 100, 40) });
    for (const zones of [[zone('watch', 0, 0.5)], [zone('ignore', 0.5, 1)]]) {
      expect(lookedAt(createMotionGate(zones), 0, 4000, moves(300))).toHaveLength(4);
      expect(lookedAt(createMotionGate(zones), 0, 4000, moves(60))).toHaveLength(20);
    }
  });

  it('looks once a second at a picture that is too small to be judged, at least', () => {
    const gate = createMotionGate([]);
    const tiny = (at: number): Frame => ({
      ...frameOf(at),
      full: { format: 'rgb24', width: 4, height: 4, data: new Uint8Array(0) },
      scale: 1,
    });
    const looked = [0, 200, 400, 600, 800, 1000].filter(at => {
      const looks = gate.mustLook(tiny(at), false);
      if (looks) gate.looked(at);
      return looks;
    });
    expect(looked).toEqual(expect.arrayContaining([0, 1000]));
  });
});
