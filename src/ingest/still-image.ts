import sharp, { type Sharp } from 'sharp';
import { FacegateError } from '../domain/errors.ts';
import { fitScale, type Image, imageBytes } from '../domain/image.ts';
import { type StillFormat, sniffImage } from './image-format.ts';
import { MAX_SIDE, type Size, type Still, type StillOptions, shrunkenSize, stillOf } from './still.ts';
import { encodingOf } from './still-encoding.ts';

const DECODE_SECONDS = 10;
/** Millions of rows of a pixel each take seconds, whatever their number of pixels; no camera makes more. */
const MAX_ORIGINAL_SIDE = 16_384;
/** What shows through transparent parts: paper, as on a passport photograph. */
const BACKGROUND = { r: 255, g: 255, b: 255 };
/**
 * `error` refuses what was cut off or cannot be decoded, and forgives what libjpeg merely warns of (stray bytes between
 * markers, a wrong length), which photographs from phones and messengers have.
 */
const STRICTNESS = 'error';

/**
 * Decodes a JPEG, PNG or WebP (first picture only), turned upright by its EXIF orientation. Throws FacegateError:
 * `unsupported_media` for other formats, `too_large` above what `maxPixels` allows to an image stored like this, above 16,384 pixels on a side and where memory does not suffice,
 * `image_undecodable` for what is damaged.
 */
export async function decodeStill(bytes: Uint8Array, options: StillOptions): Promise<Still> {
  const format = acceptedFormat(bytes);
  restrictSharp();
  const original = await readHeader(bytes, format, options.maxPixels);
  const maxSide = options.maxSide ?? MAX_SIDE;
  const shrunk = fitScale(original, { width: maxSide, height: maxSide });
  const size = shrunk < 1 ? shrunkenSize(original, { width: maxSide, height: maxSide }) : original;
  const full = await decodeUpright(bytes, size, options.maxPixels);
  const small = await shrunken(full, shrunkenSize(full, options.input));
  return stillOf({ format, original, full, small });
}

function acceptedFormat(bytes: Uint8Array): StillFormat {
  const sniffed = sniffImage(bytes);
  if (sniffed !== undefined && 'accepted' in sniffed) return sniffed.accepted;
  const what = sniffed === undefined ? 'This is not an image' : `${sniffed.refused} is not accepted`;
  throw new FacegateError('unsupported_media', `${what}: send a JPEG, PNG or WebP.`);
}

/**
 * Leaves libvips nothing to load but these three formats, no cache of images, and one thread per image. The state lives
 * in the library, so it is asked whether that was done already: doing it again would, for a moment, forbid
 * the loaders that another decode is about to use.
 */
function restrictSharp(): void {
  const { items } = sharp.cache();
  if (items.max === 0) return;
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
  });
  sharp.concurrency(1);
  sharp.cache(false);
}

/** The upright size of the image, from its header, which must not announce more work than is allowed. */
async function readHeader(bytes: Uint8Array, format: StillFormat, maxPixels: number): Promise<Size> {
  const header = await decoding(sharp(bytes, { limitInputPixels: false, failOn: STRICTNESS }).metadata());
  const { width, height, orientation = 1 } = header;
  const encoding = encodingOf(format, bytes, header);
  if (encoding === undefined) throw undecodable();
  const most = Math.floor(maxPixels / encoding.effort);
  const what = `The image has ${width} x ${height} pixels`;
  if (width * height > most) {
    const otherwise = encoding.effort > 1 ? `, which is too many for ${encoding.name}` : '';
    const remedy = encoding.effort > 1 ? ', or save it as an ordinary JPEG' : '';
    throw new FacegateError(
      'too_large',
      `${what}${otherwise}: send one of at most ${most} pixels${remedy}.`,
      {
        details: { width, height, maxPixels: most },
      },
    );
  }
  if (Math.max(width, height) > MAX_ORIGINAL_SIDE) {
    const message = `${what}: send one of at most ${MAX_ORIGINAL_SIDE} on each side.`;
    throw new FacegateError('too_large', message, { details: { width, height } });
  }
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

async function decodeUpright(bytes: Uint8Array, size: Size, maxPixels: number): Promise<Image> {
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: STRICTNESS })
    .timeout({ seconds: DECODE_SECONDS })
    .autoOrient()
    .resize({ ...size, fit: 'fill' })
    .flatten({ background: BACKGROUND });
  return rgbImage(image, size);
}

async function shrunken({ data, width, height }: Image, size: Size): Promise<Image> {
  return rgbImage(
    sharp(data, { raw: { width, height, channels: 3 } }).resize({ ...size, fit: 'fill' }),
    size,
  );
}

async function rgbImage(image: Sharp, size: Size): Promise<Image> {
  const pixels = await decoding(image.toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer());
  const data = new Uint8Array(new SharedArrayBuffer(imageBytes('rgb24', size.width, size.height)));
  if (pixels.length !== data.length) throw undecodable();
  data.set(pixels);
  return { format: 'rgb24', ...size, data };
}

/** Whatever the library complains of is a fault of the image. */
async function decoding<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw /out of memory|Insufficient memory/.test((cause as Error).message)
      ? tooMuchMemory(cause)
      : undecodable(cause);
  }
}

function tooMuchMemory(cause: unknown): FacegateError {
  const message =
    'The image takes too much memory to decode: send a smaller one, or one that is not progressive or interlaced.';
  return new FacegateError('too_large', message, { cause });
}

function undecodable(cause?: unknown): FacegateError {
  const message = 'The image is damaged or incomplete and cannot be decoded: send it again, or another one.';
  return new FacegateError('image_undecodable', message, { cause });
}
