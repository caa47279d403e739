import type sharp from 'sharp';
import type { Image } from '../domain/image.ts';

const QUALITY = 70;

/** Encodes an rgb24 image, unchanged until the promise settles, as a JPEG. Rejects only where libvips fails. */
export async function encodeJpeg({ data, width, height }: Image): Promise<Uint8Array> {
  // Its libraries take 15 MB, which a daemon whose cameras nobody watches can do without.
  const { default: encoder } = await import('sharp');
  frugalSharp(encoder);
  return (
    encoder(data, { raw: { width, height, channels: 3 } })
      // Optimised Huffman tables save 1 % of the bytes and cost more than everything else together.
      .jpeg({ quality: QUALITY, optimiseCoding: false })
      .toBuffer()
  );
}

/**
 * One thread per image, and next to no cache of past work, which would hold on to 100 pictures. An item is left: that
 * there is none at all tells the decoder of still images that its own restrictions are in force.
 */
function frugalSharp(encoder: typeof sharp): void {
  if (encoder.cache().items.max > 1) encoder.cache({ items: 1 });
  if (encoder.concurrency() !== 1) encoder.concurrency(1);
}
