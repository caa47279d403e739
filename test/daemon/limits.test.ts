import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../../src/config/schema.ts';
import { qualityLimits } from '../../src/daemon/limits.ts';

const embedder = { quality: { minNorm: 1.2, minEnrollNorm: 1.25 } };
const { quality } = ConfigSchema.parse({}).recognition;

describe('the limits of quality', () => {
  it('take the norm from the embedder, each use its own', () => {
    expect(qualityLimits(quality, embedder, 'recognition')).toEqual({ ...quality, minNorm: 1.2 });
    expect(qualityLimits(quality, embedder, 'enrollment').minNorm).toBe(1.25);
  });

  it('keep a norm that was set', () => {
    expect(qualityLimits({ ...quality, minNorm: 3 }, embedder, 'recognition').minNorm).toBe(3);
  });
});
