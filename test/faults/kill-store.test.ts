import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sumOf, tortureStores } from '../support/store-torture.ts';

const child = fileURLToPath(new URL('../../dist/test/support/store-torture-child.js', import.meta.url));
/** `npm run faults:store` does 1000. */
const KILLS = 16;

describe('a store whose process is killed', () => {
  it(`loses nothing acknowledged, tears nothing and brings nobody back, ${KILLS} times`, async () => {
    const lanes = [1, 2].map(() => tortureStores({ child, kills: KILLS / 2 }));
    const result = sumOf(await Promise.all(lanes));
    expect(result).toMatchObject({ lost: [], torn: [], resurrected: [], kills: KILLS });
    expect(result.acknowledged).toBeGreaterThan(KILLS);
    expect(result.matches).toBeGreaterThan(0);
    expect(result.rotations).toBeGreaterThan(0);
  });
});
