import { describe, expect, it } from 'vitest';
import { createRates, type Rates } from '../../src/recognition/rates.ts';

/** Frames come every `every` milliseconds in [from, to); every `givenOf`th of them is given. */
function play(
  rates: Rates,
  options: { from?: number; to: number; every: number; fps: number; givenOf?: number },
) {
  const { from = 0, to, every, fps, givenOf = 1 } = options;
  let count = 0;
  for (let at = from; at < to; at += every) {
    rates.came(at, fps);
    if (count++ % givenOf === 0) rates.gave();
  }
}

describe('the rates of a camera', () => {
  it('are nothing before the first frame', () => {
    expect(createRates().read(5000)).toEqual({ wantedFps: 0, givenFps: 0 });
  });

  it.each([
    ['that is given all it wants', { every: 200, fps: 5 }, 5, 5],
    ['of which every second frame is not due', { every: 100, fps: 5, givenOf: 2 }, 5, 5],
    ['that is starved', { every: 500, fps: 10 }, 10, 2],
  ])('tell of a camera %s', (_, camera, wanted, given) => {
    const rates = createRates();
    play(rates, { ...camera, to: 30_000 });
    const { wantedFps, givenFps } = rates.read(30_000 - camera.every);
    expect(wantedFps).toBeCloseTo(wanted, 0);
    expect(givenFps).toBeCloseTo(given, 0);
  });

  it('follow what is wanted from burst to rest within ten seconds', () => {
    const rates = createRates();
    play(rates, { to: 20_000, every: 100, fps: 10 });
    play(rates, { from: 20_000, to: 25_000, every: 200, fps: 5 });
    expect(rates.read(25_000).wantedFps).toBeCloseTo(7.5, 0);
    play(rates, { from: 25_000, to: 31_000, every: 200, fps: 5 });
    expect(rates.read(31_000).wantedFps).toBeCloseTo(5, 0);
  });

  it('want nothing of a camera that is silent, and fall to nothing', () => {
    const rates = createRates();
    play(rates, { to: 20_000, every: 200, fps: 5 });
    expect(rates.read(40_000)).toEqual({ wantedFps: 0, givenFps: 0 });
    rates.wasSilent();
    play(rates, { from: 40_000, to: 41_000, every: 200, fps: 5 });
    const { wantedFps, givenFps } = rates.read(41_000);
    expect([wantedFps, givenFps]).toEqual([0.5, 0.5]);
  });

  it('are told right from the first second on', () => {
    const rates = createRates();
    play(rates, { to: 2000, every: 200, fps: 5 });
    expect(rates.read(2000)).toEqual({ wantedFps: expect.closeTo(5, 0), givenFps: 5 });
  });

  it('begin anew where the clock was set back', () => {
    const rates = createRates();
    play(rates, { from: 1_000_000, to: 1_020_000, every: 200, fps: 5 });
    play(rates, { to: 20_000, every: 200, fps: 5 });
    expect(rates.read(20_000).givenFps).toBeCloseTo(5, 0);
  });
});
