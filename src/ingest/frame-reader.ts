import { imageBytes } from '../domain/image.ts';
import type { FrameBuffers, FramePool } from './frame-pool.ts';

/** Cuts the bytes of an ffmpeg run's pipes into frames. */
export interface FrameReader {
  /** Takes bytes of the small pictures, in any pieces. */
  readSmall(bytes: Uint8Array): void;
  /** Takes bytes of the full pictures, in any pieces; never called where the pool's frames are light. */
  readFull(bytes: Uint8Array): void;
  /** Gives back the buffers of frames that will never be whole. */
  close(): void;
}

/** A frame under way: `buffers` is absent where none were free and its bytes are thrown away. */
interface Assembly {
  readonly buffers: FrameBuffers | undefined;
  parts: number;
}

/**
 * Frames of the pool's kind: where they are whole, both streams carry the same pictures in the same order, so the n-th small one
 * belongs to the n-th full one. Everything is read at once and always: a pipe left full stops ffmpeg, and then the camera's frames grow old.
 * `onFrame` gets buffers that it must release to the pool; `onNoBuffers` may free some when all are held, and
 * `onSkipped` tells of a frame that found none.
 */
export function createFrameReader(options: {
  readonly pool: FramePool;
  readonly onFrame: (buffers: FrameBuffers) => void;
  readonly onNoBuffers: () => void;
  readonly onSkipped: () => void;
}): FrameReader {
  const { pool } = options;
  const parts = pool.isWhole ? 2 : 1;
  const underway = new Map<number, Assembly>();
  let closed = false;

  const begin = (index: number): Assembly => {
    let assembly = underway.get(index);
    if (assembly !== undefined) return assembly;
    let buffers = pool.acquire();
    if (buffers === undefined) {
      options.onNoBuffers();
      buffers = pool.acquire();
    }
    assembly = { buffers, parts: 0 };
    underway.set(index, assembly);
    return assembly;
  };

  const finishPart = (index: number, assembly: Assembly) => {
    assembly.parts++;
    if (assembly.parts < parts) return;
    underway.delete(index);
    if (assembly.buffers === undefined) options.onSkipped();
    else options.onFrame(assembly.buffers);
  };

  const reader = (part: 'small' | 'full', frameBytes: number) => {
    let index = 0;
    let filled = 0;
    return (bytes: Uint8Array) => {
      let from = 0;
      while (from < bytes.length && !closed) {
        const assembly = begin(index);
        const to = Math.min(bytes.length, from + frameBytes - filled);
        assembly.buffers?.[part].data.set(bytes.subarray(from, to), filled);
        filled += to - from;
        from = to;
        if (filled < frameBytes) return;
        finishPart(index, assembly);
        filled = 0;
        index++;
      }
    };
  };

  return {
    readSmall: reader('small', bytesOf(pool, 'small')),
    readFull: reader('full', bytesOf(pool, 'full')),
    close: () => {
      closed = true;
      for (const { buffers } of underway.values()) if (buffers !== undefined) pool.release(buffers);
      underway.clear();
    },
  };
}

function bytesOf(pool: FramePool, part: 'small' | 'full'): number {
  return imageBytes('yuv420p', pool[part].width, pool[part].height);
}
