import { createRequire } from 'node:module';
import { join } from 'node:path';
import { decodeStill } from '../../src/ingest/still-image.ts';

/** A photo as rgb24 with its size, decoded as our own uploads are. */
export async function pixelsOf(
  photo: Uint8Array,
): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { picture } = await decodeStill(photo, { maxPixels: 100_000_000, input: { width: 64, height: 64 } });
  return picture.full;
}

/** Loads CommonJS packages of a folder. */
export function packagesIn(folder: string): NodeJS.Require {
  return createRequire(join(folder, 'package.json'));
}
