/** Reproducible chance: the same seed gives the same values. */
export interface Chance {
  /** A whole number from 0 up to and without `below`. */
  int(below: number): number;
  oneOf<T>(items: readonly T[]): T;
  bytes(length: number): Buffer;
}

/** Mulberry32 over the seed. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number) => Math.floor(next() * below);
  return {
    int,
    oneOf: items => items[int(items.length)]!,
    bytes: length => Buffer.from(Array.from({ length }, () => int(256))),
  };
}
