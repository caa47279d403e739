import type { Image, Picture } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
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
  let isEncoding = false;

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
      if (watchers.size > 0 && !isEncoding) void encode(contentOf(picture), capturedAt);
    },
    watch: onPicture => {
      // A wrapper, so that the same function may watch twice and each be ended by itself.
      const watcher = (picture: PreviewPicture) => onPicture(picture);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}

/** A copy of the small picture without the black that pads it to the detector's input. */
function contentOf({ small, full, scale }: Picture): Image {
  const width = contentSide(full.width * scale, small.width);
  const height = contentSide(full.height * scale, small.height);
  const [from, to] = [small.width * 3, width * 3];
  const data = new Uint8Array(to * height);
  for (let y = 0; y < height; y++) data.set(small.data.subarray(y * from, y * from + to), y * to);
  return { format: 'rgb24', width, height, data };
}

function contentSide(scaled: number, side: number): number {
  return Math.min(side, Math.max(1, Math.round(scaled)));
}
