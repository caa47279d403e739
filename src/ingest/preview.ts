import type { Image, Picture } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
import { createPixelMemory, type PixelMemory } from '../platform/pixels/pixel-memory.ts';
import { encodeJpeg } from './jpeg.ts';

/** A picture of a camera to look at, the same for all who watch. */
export interface PreviewPicture {
  readonly jpeg: Uint8Array;
  /** When the frame had arrived, in milliseconds since the epoch. */
  readonly capturedAt: number;
}

/** One camera's pictures for people: made only while somebody watches, once for all of them. */
export interface Preview {
  /** Takes what it needs of a picture that is only lent for the call; does nothing while nobody watches. */
  offer(picture: Picture, capturedAt: number): void;
  /** Calls back with each picture that is made from now on, never before it returns; the answer ends that. */
  watch(onPicture: (picture: PreviewPicture) => void): () => void;
}

/** A preview of the detector's pictures; a frame that comes while the one before is still being encoded is left out. */
export function createPreview({ log }: { log: Logger }): Preview {
  const watchers = new Set<(picture: PreviewPicture) => void>();
  let memory: PixelMemory | undefined;
  let isEncoding = false;

  /** A copy of the small picture, in memory that is used again for the next. */
  const rgbOf = ({ small }: Picture): Image => {
    const { width, height } = small;
    memory ??= createPixelMemory();
    return { format: 'rgb24', width, height, data: memory.join([small], { width, height }).pixels };
  };

  const encode = async (image: Image, capturedAt: number) => {
    isEncoding = true;
    try {
      const picture = { jpeg: await encodeJpeg(image), capturedAt };
      for (const tell of [...watchers]) tell(picture);
    } catch (error) {
      log.error({ err: error }, 'A preview picture could not be made.');
    } finally {
      isEncoding = false;
    }
  };

  return {
    offer: (picture, capturedAt) => {
      if (watchers.size > 0 && !isEncoding) void encode(rgbOf(picture), capturedAt);
    },
    watch: onPicture => {
      // A wrapper, so that the same function may watch twice and each be ended by itself.
      const watcher = (picture: PreviewPicture) => onPicture(picture);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
