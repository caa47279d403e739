import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ConfigSchema } from '../../src/config/schema.ts';
import type { Detection, Face } from '../../src/domain/face.ts';
import type { Box } from '../../src/domain/geometry.ts';
import type { Image } from '../../src/domain/image.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Still } from '../../src/ingest/still.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { repositoryRoot } from '../support/engine.ts';

const { minDetectionScore } = ConfigSchema.parse({}).engine;

/** Two photos (paths below the data's `images/`), of the same person or not. */
export interface PhotoPair {
  readonly same: boolean;
  readonly first: string;
  readonly second: string;
}

/** Where the photos lie: beside the repository, never in it. */
export const photosDir: string = join(repositoryRoot, '../shared/data/lfw-dev');

/** Whether the photos are there. */
export function havePhotos(): boolean {
  return existsSync(join(photosDir, 'pairs.tsv'));
}

/** All pairs of `<dir>/pairs.tsv` (a heading, then same, file, file), in the order of the file. */
export async function readPairs(dir = photosDir): Promise<PhotoPair[]> {
  const text = await readFile(join(dir, 'pairs.tsv'), 'utf8').catch((cause: unknown) => {
    throw new Error(`${dir} has no pairs.tsv (same, file_a, file_b) beside images/; name another folder.`, {
      cause,
    });
  });
  const [, ...lines] = text.trim().split(/\r?\n/);
  return lines.map(line => {
    const [same, first, second] = line.split('\t');
    return { same: same === '1', first, second };
  });
}

/** Every photo that the pairs name, once. */
export function photosOf(pairs: readonly PhotoPair[]): string[] {
  return [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
}

/** Every photo below `<dir>/images`, sorted. */
export async function photosIn(dir: string): Promise<string[]> {
  const root = join(dir, 'images');
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return entries
    .filter(entry => entry.isFile() && /\.(jpe?g|png|webp)$/i.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** Who is on a photo: its folder, or its name up to the number where there is no folder. */
export function personOn(photo: string): string {
  const folder = dirname(photo);
  return folder === '.' ? photo.replace(/_?\d*\.\w+$/, '') : folder;
}

/** How photos are taken in. */
export interface TakeIn {
  readonly dir?: string;
  /** Detector input. */
  readonly input: { readonly width: number; readonly height: number };
  /** Also as enrolled: the embedding summed with that of the mirror image. */
  readonly mirrored?: boolean;
  readonly onProgress?: (done: number, of: number) => void;
}

/** A photo's face, and its embedding as enrolled where that was asked for. */
export interface PhotoFace extends Face {
  readonly enrolled?: Face;
}

/** The face of each photo (the most central: it is the named person's, others may be larger), through the whole chain of an upload; absent where none is found. */
export async function describePhotos(
  engine: Engine,
  photos: readonly string[],
  take: TakeIn,
): Promise<Map<string, PhotoFace>> {
  const found = new Map<string, PhotoFace>();
  let next = 0;
  const work = async () => {
    while (next < photos.length) {
      const photo = photos[next++];
      const bytes = await readFile(join(take.dir ?? photosDir, 'images', photo));
      const face = await describePhoto(engine, bytes, take);
      if (face !== undefined) found.set(photo, face);
      take.onProgress?.(next, photos.length);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return found;
}

/** The central face of one photo; `maxSide` shrinks the photo first. */
export async function describePhoto(
  engine: Engine,
  bytes: Uint8Array,
  { input, mirrored = false, maxSide }: Pick<TakeIn, 'input' | 'mirrored'> & { maxSide?: number },
): Promise<PhotoFace | undefined> {
  const side = maxSide === undefined ? {} : { maxSide };
  const { picture }: Still = await decodeStill(bytes, { maxPixels: 100_000_000, input, ...side });
  const central = mostCentral(await engine.detect(picture, 'upload'), picture.full);
  if (central === undefined) return undefined;
  const [face] = await engine.describe(picture, [central], { lane: 'upload' });
  if (!mirrored) return face;
  const [enrolled] = await engine.describe(picture, [central], { lane: 'upload', mirrored: true });
  return { ...face, enrolled };
}

function mostCentral(detections: readonly Detection[], image: Image): Detection | undefined {
  const offCentre = ({ box }: { box: Box }) => distanceFromCentre(box, image);
  return detections
    .filter(({ score }) => score >= minDetectionScore)
    .sort((a, b) => offCentre(a) - offCentre(b))[0];
}

function distanceFromCentre(box: Box, image: Image): number {
  return Math.hypot(box.left + box.right - image.width, box.top + box.bottom - image.height);
}
