import { join } from 'node:path';
import type { EmbedderEntry } from '../config/catalog.ts';
import type { Embedding } from '../domain/face.ts';
import { normalize } from '../domain/face.ts';
import { mirror } from './alignment.ts';
import { PIXELS } from './models/uint8-input.ts';
import { createSession } from './session.ts';

/** Turns aligned crops into embeddings. */
export interface Embedder {
  /** Side of the aligned crop in pixels. */
  readonly size: number;
  /** Of each crop its embedding and the norm of the raw output; `mirrored` adds the raw output of the mirror image before normalising. */
  embed(crops: readonly Uint8Array[], mirrored: boolean): Promise<{ embedding: Embedding; norm: number }[]>;
  close(): Promise<void>;
}

/** What embeddings of this entry are marked with. */
export function embedderIdOf(entry: EmbedderEntry): string {
  return `${entry.id}@${entry.version}`;
}

/** Loads an embedder of the ArcFace family. */
export async function openEmbedder(entry: EmbedderEntry, dir: string, threads: number): Promise<Embedder> {
  const session = await createSession(join(dir, `${entry.id}.onnx`), { threads });
  const { width: size } = entry.input.size === 'any' ? { width: 112 } : entry.input.size;
  const modelId = embedderIdOf(entry);
  return {
    size,
    async embed(crops, mirrored) {
      if (crops.length === 0) return [];
      const images = mirrored ? [...crops, ...crops.map(crop => mirror(crop, size))] : crops;
      const outputs = await session.run({
        [PIXELS]: { data: joined(images), dims: [images.length, size, size, 3] },
      });
      const { data, dims } = outputs[entry.output.embedding];
      if (data.length !== images.length * entry.dim)
        throw new TypeError(`${entry.id} gave the shape [${dims}], its catalog entry says dim ${entry.dim}`);
      const rowOf = (at: number) => Float32Array.from(data.subarray(at * entry.dim, (at + 1) * entry.dim));
      return crops.map((_, at) => {
        const plain = rowOf(at);
        const { unit, norm } = normalize(plain);
        if (!mirrored) return { embedding: { modelId, vector: unit }, norm };
        const other = rowOf(crops.length + at);
        const sum = plain.map((value, i) => value + other[i]);
        return { embedding: { modelId, vector: normalize(sum).unit }, norm };
      });
    },
    close: () => session.close(),
  };
}

function joined(images: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(images.length * images[0].length);
  for (const [at, image] of images.entries()) all.set(image, at * image.length);
  return all;
}
