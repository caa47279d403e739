import type { Box } from '../../src/domain/geometry.ts';

/** A face as a package describes it; its box in pixels of the photo. */
export interface DescribedFace {
  readonly box: Box;
  readonly vector: Float32Array;
}

/** A package that finds and describes faces, from the bytes of a photo. */
export interface Contestant {
  /** How many faces it finds. */
  find(photo: Uint8Array): Promise<number>;
  describe(photo: Uint8Array): Promise<DescribedFace[]>;
  /** How alike two faces are by the package's own measure; higher is more, at most 1. */
  similarity(a: Float32Array, b: Float32Array): number;
  close(): Promise<void>;
}
