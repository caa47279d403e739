import type { CatalogEntry, ModelInput } from '../../config/catalog.ts';
import type { Session, Tensors } from '../session.ts';
import { createSession } from '../session.ts';
import { PIXELS } from './uint8-input.ts';

const ROUNDS = 2;
const BATCH = 2;
const FREE_SIZE = { width: 320, height: 256 };

/**
 * Largest difference between the outputs of two graphs of one entry on pseudo-random images, relative to the largest output (at least 1):
 * `reference` takes one image of floats as its author meant it, `prepared` a batch of bytes.
 */
export async function largestDifference(
  entry: CatalogEntry,
  reference: Uint8Array,
  prepared: Uint8Array,
): Promise<number> {
  const before = await createSession(reference, { threads: 1 });
  const after = await createSession(prepared, { threads: 1 });
  const random = pseudoRandomBytes(0x5eed);
  let worst = 0;
  for (let round = 0; round < ROUNDS; round++)
    worst = Math.max(worst, await differenceOnce(entry.input, before, after, random));
  await Promise.all([before.close(), after.close()]);
  return worst;
}

async function differenceOnce(
  input: ModelInput,
  before: Session,
  after: Session,
  random: (length: number) => Uint8Array,
): Promise<number> {
  const channels = input.colour === 'gray' ? 1 : 3;
  const { width, height } = sizeOf(input, before);
  const length = width * height * channels;
  const pixels = random(BATCH * length);
  const batched = await after.run({ [PIXELS]: { data: pixels, dims: [BATCH, height, width, channels] } });
  const dims = input.layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
  let worst = 0;
  for (let at = 0; at < BATCH; at++) {
    const image = pixels.subarray(at * length, (at + 1) * length);
    const [{ name }] = before.inputs;
    const single = await before.run({ [name]: { data: asFloats(image, input, channels), dims } });
    worst = Math.max(worst, difference(single, batched, at));
  }
  return worst;
}

/** The size the author fixed in the graph, else the catalog's, else one that every stride divides. */
function sizeOf(input: ModelInput, session: Session): { width: number; height: number } {
  const dims = session.inputs[0].dims;
  const [height, width] = input.layout === 'nchw' ? dims.slice(2) : dims.slice(1);
  if (typeof width === 'number' && typeof height === 'number' && width > 0 && height > 0)
    return { width, height };
  return input.size === 'any' ? FREE_SIZE : input.size;
}

function asFloats(image: Uint8Array, input: ModelInput, channels: number): Float32Array {
  const floats = new Float32Array(image.length);
  const area = image.length / channels;
  for (let pixel = 0; pixel < area; pixel++)
    for (let channel = 0; channel < channels; channel++) {
      const source = input.colour === 'bgr' ? 2 - channel : channel;
      const mean = typeof input.mean === 'number' ? input.mean : input.mean[channel];
      const target = input.layout === 'nchw' ? channel * area + pixel : pixel * channels + channel;
      floats[target] = (image[pixel * channels + source] - mean) / input.std;
    }
  return floats;
}

function difference(single: Tensors, batched: Tensors, at: number): number {
  let worst = 0;
  for (const [name, { data }] of Object.entries(single)) {
    const other = batched[name];
    if (other === undefined || other.data.length !== BATCH * data.length) return Number.POSITIVE_INFINITY;
    const part = other.data.subarray(at * data.length, (at + 1) * data.length);
    let size = 1;
    for (const value of data) size = Math.max(size, Math.abs(value));
    for (let i = 0; i < data.length; i++) {
      const distance = Math.abs(data[i] - part[i]) / size;
      // A NaN compares as false everywhere, so it must be named.
      if (Number.isNaN(distance)) return Number.POSITIVE_INFINITY;
      worst = Math.max(worst, distance);
    }
  }
  return worst;
}

/** Bytes of a 32-bit xorshift generator (Marsaglia 2003), the same for each run. */
function pseudoRandomBytes(seed: number): (length: number) => Uint8Array {
  let state = seed;
  return length =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    });
}
