import type { PhotoPair } from '../../test/accuracy/photo-pairs.ts';

/** About `wanted` of the pairs, spread evenly over them all and half of them of one person. */
export function everyNth(pairs: readonly PhotoPair[], wanted: number): PhotoPair[] {
  const most = Math.ceil(wanted / 2);
  return [true, false].flatMap(same => {
    const kind = pairs.filter(pair => pair.same === same);
    const step = Math.max(1, Math.floor(kind.length / most));
    return kind.filter((_, at) => at % step === 0).slice(0, most);
  });
}
