import fc from 'fast-check';
import { normalize } from '../../../src/domain/face.ts';
import { repeatableRandom } from '../../accuracy/statistics.ts';

/** Unit-length vectors as embedders make them and as they never would: one value alone, equal values, a few large ones. */
export function unitVector(dimension: number): fc.Arbitrary<Float32Array> {
  const shape = fc.constantFrom('dense', 'sparse', 'equal', 'spiked');
  return fc.tuple(shape, fc.integer({ min: 1 })).map(([kind, seed]) => {
    const random = repeatableRandom(seed);
    const signed = () => random() + random() + random() - 1.5;
    const values = Float32Array.from({ length: dimension }, (_, at) => {
      if (kind === 'sparse') return random() < 0.1 || at === 0 ? signed() || 1 : 0;
      if (kind === 'equal') return random() < 0.5 ? 1 : -1;
      return signed() * (kind === 'spiked' && random() < 0.02 ? 40 : 1);
    });
    const { unit, norm } = normalize(values);
    return norm === 0 ? Float32Array.from({ length: dimension }, (_, at) => (at === 0 ? 1 : 0)) : unit;
  });
}

/** Dense unit-length vectors without end, the same for the same seed. */
export function* denseVectors(dimension: number, seed: number): Generator<Float32Array, never> {
  const random = repeatableRandom(seed);
  for (;;) {
    const values = Float32Array.from({ length: dimension }, () => random() + random() + random() - 1.5);
    yield normalize(values).unit;
  }
}
