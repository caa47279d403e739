import { join } from 'node:path';
import type { EmbedderEntry } from '../config/catalog.ts';
import type { Embedding } from '../domain/face.ts';
import { normalize } from '../domain/face.ts';
import { mirror } from './alignment.ts';
import { itemByItem } from './item-by-item.ts';
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

  /** The raw outputs. */
  const run = async (crops: readonly Uint8Array[]): Promise<Float32Array[]> => {
    const outputs = await session.run({
      [PIXELS]: { data: joined(crops), dims: [crops.length, size, size, 3] },
    });
    const { data, dims } = outputs[entry.output.embedding];
    if (data.length !== crops.length * entry.dim)
      throw new TypeError(`${entry.id} gave the shape [${dims}], its catalog entry says dim ${entry.dim}`);
    return crops.map((_, at) => Float32Array.from(data.subarray(at * entry.dim, (at + 1) * entry.dim)));
  };

  return {
    size,
    async embed(crops, mirrored) {
      const plain = await itemByItem(crops, run);
      const others = mirrored
        ? await itemByItem(
            crops.map(crop => mirror(crop, size)),
            run,
          )
        : [];
      return plain.map((raw, at) => {
        const { unit, norm } = normalize(raw);
        if (!mirrored) return { embedding: { modelId, vector: unit }, norm };
        const sum = raw.map((value, i) => value + others[at][i]);
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
