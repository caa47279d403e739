import { overloaded } from './gate.ts';

/** What the images of all uploads may take together: three of 8 MiB, or one where a larger one is allowed. */
const MAX_TOGETHER = 24 * 1024 * 1024;
const STEP_BYTES = 256 * 1024;

/** The bytes of one uploaded image, put together as they arrive. */
export interface ImageRoom {
  /** Copies the bytes behind those of before. Throws overloaded where the images of all uploads take too much. */
  add(bytes: Uint8Array): void;
  /** All of them; until `free` is called, then there are none. */
  readonly bytes: Uint8Array;
  /** Gives the memory back at once; the room is then as new. */
  free(): void;
}

/** Memory for uploaded images. */
export interface ImageRooms {
  /** Room for one image. */
  open(): ImageRoom;
}

/**
 * Room for images of at most `maxBytes` each. A room grows in place and its memory goes back with `free`: megabytes that wait for
 * a collection, and are then kept by malloc between others, were 90 MB after a dozen of images.
 */
export function createImageRooms(maxBytes: number): ImageRooms {
  const most = Math.max(MAX_TOGETHER, maxBytes);
  let taken = 0;
  return {
    open() {
      let buffer: ArrayBuffer | undefined;
      let length = 0;
      return {
        add(bytes) {
          const end = length + bytes.length;
          buffer ??= new ArrayBuffer(0, { maxByteLength: maxBytes });
          if (end > buffer.byteLength) {
            const size = Math.min(maxBytes, Math.ceil(end / STEP_BYTES) * STEP_BYTES);
            const more = size - buffer.byteLength;
            if (taken + more > most) throw overloaded();
            buffer.resize(size);
            taken += more;
          }
          new Uint8Array(buffer, length, bytes.length).set(bytes);
          length = end;
        },
        get bytes() {
          return new Uint8Array(buffer ?? new ArrayBuffer(0), 0, length);
        },
        free() {
          taken -= buffer?.byteLength ?? 0;
          buffer?.resize(0);
          buffer = undefined;
          length = 0;
        },
      };
    },
  };
}
