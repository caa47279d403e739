import { join } from 'node:path';
import type { LivenessEntry } from '../config/catalog.ts';
import type { Face } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import { boxHeight } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import { itemByItem } from './item-by-item.ts';
import { PIXELS } from './models/uint8-input.ts';
import { patchAround, stretch } from './patch-crop.ts';
import type { NamedTensor } from './session.ts';
import { createSession } from './session.ts';

/** What the liveness model says of one face; absent where the face was not assessed. */
export type LivenessScore = NonNullable<Face['liveness']>;

/** Tells living faces from pictures of faces, as well as it can. */
export interface LivenessModel {
  /** Boxes in pixels of `image`; undefined for a face that is too small or has too little of the scene around it. Throws TypeError if the output does not fit the entry. */
  assess(image: Image, boxes: readonly Box[]): Promise<(LivenessScore | undefined)[]>;
  close(): Promise<void>;
}

/** The liveness model of an entry; where there is none or it cannot be loaded, one whose every answer is a rejection that says why: the other models must work without it. */
export async function openLiveness(
  entry: LivenessEntry | undefined,
  dir: string,
  threads: number,
): Promise<LivenessModel> {
  if (entry === undefined) return refusing(new Error('no liveness model is loaded'));
  return openLivenessModel(entry, dir, threads).catch(refusing);
}

function refusing(reason: Error): LivenessModel {
  return { assess: () => Promise.reject(reason), close: () => Promise.resolve() };
}

/** Loads a liveness model of the MiniFASNet family. */
async function openLivenessModel(entry: LivenessEntry, dir: string, threads: number): Promise<LivenessModel> {
  const session = await createSession(join(dir, `${entry.id}.onnx`), { threads });
  const size = entry.input.size === 'any' ? { width: 128, height: 128 } : entry.input.size;
  const bytes = size.width * size.height * 3;

  const assessTogether = async (image: Image, patches: readonly Box[]): Promise<number[]> => {
    const pixels = new Uint8Array(patches.length * bytes);
    for (const [at, box] of patches.entries()) pixels.set(stretch(image, box, size), at * bytes);
    const dims = [patches.length, size.height, size.width, 3];
    const outputs = await session.run({ [PIXELS]: { data: pixels, dims } });
    return liveScores(outputs[entry.output.scores], patches.length, entry.liveClass);
  };

  return {
    async assess(image, boxes) {
      const patches = boxes.map(box => assessablePatch(box, image, entry));
      const wanted = patches.filter(patch => patch !== undefined);
      const scores = (await itemByItem(wanted, part => assessTogether(image, part))).values();
      return patches.map(patch => (patch === undefined ? undefined : { live: scores.next().value! }));
    },
    close: () => session.close(),
  };
}

/** The part of the image the model is shown of a face; undefined where the face is too small or fills too much of the image to be assessed. */
export function assessablePatch(
  face: Box,
  image: { width: number; height: number },
  { crop, minFaceHeight }: Pick<LivenessEntry, 'crop' | 'minFaceHeight'>,
): Box | undefined {
  if (!(boxHeight(face) >= minFaceHeight)) return undefined;
  const { box, scale } = patchAround(face, image, crop.scale);
  return scale >= crop.minScale ? box : undefined;
}

/** Of each row of class scores the softmax of the live class, 0..1. Throws TypeError for a shape that is not [count, classes] or a score that is no number. */
export function liveScores({ data, dims }: NamedTensor, count: number, liveClass: number): number[] {
  const classes = data.length / count;
  if (!Number.isInteger(classes) || classes <= liveClass)
    throw new TypeError(
      `the liveness model gave the shape [${dims}], its catalog entry says that class ${liveClass} is live`,
    );
  return Array.from({ length: count }, (_, at) => {
    const row = Array.from(data.subarray(at * classes, (at + 1) * classes));
    const highest = Math.max(...row);
    const powers = row.map(score => Math.exp(score - highest));
    const live = powers[liveClass] / powers.reduce((sum, power) => sum + power, 0);
    if (Number.isNaN(live)) throw new TypeError('the liveness model gave a score that is no number');
    return live;
  });
}
