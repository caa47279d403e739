import { FacegateError } from '../domain/errors.ts';
import { type Image, imageBytes } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
import type { Resource } from '../platform/resources.ts';
import { MAX_SIDE, type Size, type Still, type StillOptions, shrunkenSize, stillOf } from './still.ts';
import { type Answer, type StillProcess, startStillProcess } from './still-process.ts';
import type { TimeLimits } from './time-fence.ts';

/** Decodes what strangers send in a process of its own, which may die of it. */
export interface StillDecoder extends Resource {
  /**
   * As `decodeStill`, one image after the other. Throws FacegateError also where the image ends the decoder (`image_undecodable`) and where
   * no decoder can be started (`not_ready`).
   */
  decode(bytes: Uint8Array): Promise<LeasedStill>;
  /** The child that decodes now; undefined while there is none. */
  readonly pid: number | undefined;
}

/** A still whose memory the next image may have after `release`: call it exactly once when nobody reads the pixels any more. */
export interface LeasedStill extends Still {
  release(): void;
}

/** What is decoded; the rest is there for tests. */
export interface StillDecoderOptions {
  readonly still: StillOptions;
  /** Most bytes of an image; the child's memory is measured by it and by the pixels. */
  readonly maxBytes: number;
  readonly log: Logger;
  readonly program?: URL;
  readonly memoryBytes?: number;
  readonly limits?: TimeLimits;
  readonly imagesPerChild?: number;
}

/** An idle child with its libraries and stacks. */
const IDLE_BYTES = 144 * 1024 * 1024;
/** A progressive JPEG is kept whole as coefficients, an interlaced PNG as pixels of 16 bits; of neither so many pixels are allowed as of an ordinary JPEG. */
const BYTES_PER_PIXEL = 3;
/** What is let in takes a second at most, which the slowest machines with cameras take four times as long for. */
const LIMITS: TimeLimits = { cpuMs: 4000, wallMs: 12_000 };
/** What a child has leaked goes with it. */
const IMAGES_PER_CHILD = 1000;
/** As many images as are analysed at once. */
const SPARE_ROOMS = 2;
const REFUSALS = ['unsupported_media', 'too_large', 'image_undecodable'] as const;
const MAX_MESSAGE = 300;

/** Starts the decoder; one that ends is started again with the next image. */
export function openStillDecoder(options: StillDecoderOptions): StillDecoder {
  const { still, maxBytes, log, limits = LIMITS, imagesPerChild = IMAGES_PER_CHILD } = options;
  const maxSide = still.maxSide ?? MAX_SIDE;
  const maxBody = bytesOf({ width: maxSide, height: maxSide }) + bytesOf(still.input);
  /** Nobody counts shared memory as garbage of his, so that 10 MB for each image would lie about until something else makes V8 collect. */
  const rooms: SharedArrayBuffer[] = [];
  const settings = {
    program: options.program ?? new URL('./still-program.js', import.meta.url),
    memoryBytes: options.memoryBytes ?? IDLE_BYTES + BYTES_PER_PIXEL * still.maxPixels + 2 * maxBytes,
    maxBody,
    allocate: (bytes: number) => {
      // A room takes the largest image, so that it fits the next one too; pages that no image reached take no memory.
      const room = bytes === 0 ? undefined : (rooms.pop() ?? new SharedArrayBuffer(maxBody));
      return room === undefined ? new Uint8Array(0) : new Uint8Array(room, 0, bytes);
    },
  };
  let isClosed = false;
  let child: StillProcess | undefined;
  let images = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const start = (): StillProcess => {
    const started = startStillProcess(settings);
    child = started;
    images = 0;
    void started.ended.then(reason => {
      if (child !== started) return;
      child = undefined;
      if (!isClosed) log.warn({ reason }, 'The image decoder ended; the next image starts another.');
    });
    return started;
  };

  const retire = async (which: StillProcess) => {
    which.kill();
    await which.ended;
    if (child === which) child = undefined;
  };

  const leased = (decoded: Still): LeasedStill => ({
    ...decoded,
    release: () => {
      if (rooms.length < SPARE_ROOMS) rooms.push(decoded.picture.full.data.buffer as SharedArrayBuffer);
    },
  });

  const decode = async (bytes: Uint8Array): Promise<LeasedStill> => {
    // Whether it was the image that ended the first child, the second tells.
    for (let attempt = 1; attempt <= 2; attempt++) {
      if (isClosed) break;
      const decoder = child ?? start();
      const answer = await decoder.run(bytes, still, limits);
      const isLate = answer === 'late';
      const outcome = isLate ? undefined : answer && read(answer, { ...still, maxSide });
      if (outcome === undefined) await retire(decoder);
      else if (++images >= imagesPerChild) {
        child = undefined;
        decoder.kill();
        start();
      }
      if (outcome instanceof FacegateError) throw outcome;
      if (outcome !== undefined) return leased(outcome);
      if (!decoder.isReady || (attempt === 1 && !isLate)) continue;
      log.warn({ bytes: bytes.length }, 'An image was refused because decoding it ended the decoder.');
      throw new FacegateError(
        'image_undecodable',
        'The image cannot be decoded safely: send another one, or save it anew as a JPEG.',
      );
    }
    throw new FacegateError('not_ready', 'The image decoder is not running; try again.');
  };

  start();
  return {
    get pid() {
      return child?.pid;
    },
    decode(bytes) {
      const result = turn.then(() => decode(bytes));
      turn = result.catch(() => {});
      return result;
    },
    async close() {
      isClosed = true;
      if (child) await retire(child);
      await turn;
    },
  };
}

/** The still or the refusal that an answer holds; undefined for anything that a decoder in its right mind would not say. */
function read({ head, body }: Answer, request: Required<StillOptions>): Still | FacegateError | undefined {
  const { code, message, format, original, full } = (head ?? {}) as Said;
  if (isRefusal(code)) return new FacegateError(code, String(message).slice(0, MAX_MESSAGE));
  if (format !== 'jpeg' && format !== 'png' && format !== 'webp') return undefined;
  if (!isSize(full) || full.width > request.maxSide || full.height > request.maxSide) return undefined;
  if (!isSize(original) || original.width * original.height > request.maxPixels) return undefined;
  const fullBytes = bytesOf(full);
  const small = shrunkenSize(full, request.input);
  if (body.length !== fullBytes + bytesOf(small)) return undefined;
  return stillOf({
    format,
    original: { width: original.width, height: original.height },
    full: image(full, body.subarray(0, fullBytes)),
    small: image(small, body.subarray(fullBytes)),
  });
}

type Said = { readonly [K in 'code' | 'message' | 'format']?: unknown } & {
  readonly [K in 'original' | 'full']?: Size;
};

function isRefusal(code: unknown): code is (typeof REFUSALS)[number] {
  return REFUSALS.some(refusal => refusal === code);
}

function isSize(size: Size | undefined): size is Size {
  return (
    Number.isInteger(size?.width) && Number.isInteger(size?.height) && size!.width > 0 && size!.height > 0
  );
}

function image({ width, height }: Size, data: Uint8Array): Image {
  return { format: 'rgb24', width, height, data };
}

function bytesOf({ width, height }: Size): number {
  return imageBytes('rgb24', width, height);
}
