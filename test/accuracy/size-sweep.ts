import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { similarity } from '../../src/domain/face.ts';
import { boxHeight } from '../../src/domain/geometry.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { describePhoto, type PhotoFace, type PhotoPair } from './photo-pairs.ts';

/** What faces of one height give: cosines of same-person pairs (-1 where no face was found) and the median norm. */
export interface SizeResult {
  /** Height of the probe's box in pixels. */
  readonly height: number;
  readonly similarities: readonly number[];
  readonly notFound: number;
  readonly medianNorm: number;
}

/** Longest side of the photos, by which they are shrunk. */
type LongestSide = (photo: string) => number;

/** Compares the first photo of each pair, as enrolled, with the second one shrunk until its face has each of the heights. */
export async function sweepSizes(
  engine: Engine,
  pairs: readonly PhotoPair[],
  options: {
    dir: string;
    faces: ReadonlyMap<string, PhotoFace>;
    heights: readonly number[];
    input: { width: number; height: number };
    longestSide: LongestSide;
    onProgress?: (done: number, of: number) => void;
  },
): Promise<SizeResult[]> {
  const { dir, faces, heights, input, longestSide, onProgress } = options;
  const usable = pairs.filter(({ first, second }) => faces.has(first) && faces.has(second));
  const results = heights.map(height => ({
    height,
    similarities: [] as number[],
    norms: [] as number[],
    notFound: 0,
  }));
  let next = 0;
  const work = async () => {
    while (next < usable.length) {
      const { first, second } = usable[next++];
      const bytes = await readFile(join(dir, 'images', second));
      const template = faces.get(first)!.enrolled!.embedding.vector;
      for (const result of results) {
        const factor = result.height / boxHeight(faces.get(second)!.box);
        const maxSide = Math.round(longestSide(second) * Math.min(1, factor));
        const face = await describePhoto(engine, bytes, { input, maxSide });
        if (face === undefined) result.notFound++;
        else result.norms.push(face.quality.norm);
        result.similarities.push(face === undefined ? -1 : similarity(template, face.embedding.vector));
      }
      onProgress?.(next, usable.length);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return results.map(({ norms, ...result }) => ({ ...result, medianNorm: median(norms) }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
