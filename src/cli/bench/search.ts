import { createTemplateIndex } from '../../gallery/template-index.ts';
import { silentLogger } from '../../platform/logger.ts';

const MODEL = 'bench@1';
const DIMENSION = 512;
const ROUNDS = 30;

/** Milliseconds of an exact search among so many made-up templates: the median of some. */
export async function measureSearch(templates: number): Promise<number> {
  const index = createTemplateIndex(MODEL, { log: silentLogger });
  try {
    for (let row = 0; row < templates; row++) {
      const id = `person-${row}`;
      index.add(
        { id, customerId: 'c', customerPersonId: id },
        {
          id: `t-${row}`,
          personId: id,
          customerId: 'c',
          norm: 3,
          embedding: { modelId: MODEL, vector: randomUnit() },
        },
      );
    }
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const vector = randomUnit();
      const before = performance.now();
      await index.search('c', { modelId: MODEL, vector });
      times.push(performance.now() - before);
    }
    return times.sort((a, b) => a - b)[ROUNDS / 2]!;
  } finally {
    await index.close();
  }
}

function randomUnit(): Float32Array {
  const vector = Float32Array.from({ length: DIMENSION }, () => Math.random() - 0.5);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map(value => value / length);
}
