import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** A pipe of a child, paused until somebody reads. */
export interface PipeReading {
  /** Reads from now on. The bytes are only lent for the time of the call: the next read overwrites them. */
  read(onBytes: (bytes: Uint8Array) => void): void;
  /** Reads what is left, and throws it away where nobody reads, so that the end is reached. */
  drain(): void;
  /** Resolves when the pipe has ended or broken. */
  readonly closed: Promise<void>;
}

/** Fits into the second-level cache, so that copying a frame out of it does not read main memory. */
const READ_BYTES = 65_536;

/**
 * Reads a child's pipe through one buffer that is used again and again. Node allocates 64 KiB for every read of a
 * `stdio` pipe otherwise: at the rate of raw video that is hundreds of MB/s of external memory, which makes V8 collect the
 * whole heap several times a second (six 1080p cameras at 10 fps cost 25 to 35 % of a core instead of under 10 %).
 * Call it in the same turn in which the child was spawned, before bytes were read.
 */
export function readingPipe(pipe: Readable): PipeReading {
  let receive: ((bytes: Uint8Array) => void) | undefined;
  const buffer = new Uint8Array(READ_BYTES);
  const socket = takenOver(pipe, {
    buffer,
    callback: length => {
      receive?.(buffer.subarray(0, length));
      return true;
    },
  });
  const closed = new Promise<void>(resolve => void socket.once('close', () => resolve()));
  // The child may die in the middle of a picture; whoever started it is told of its end.
  socket.on('error', () => {});
  socket.pause();
  return {
    read: onBytes => {
      receive = onBytes;
      socket.resume();
    },
    drain: () => void socket.resume(),
    closed,
  };
}

/**
 * A socket over the pipe's handle. `onread` is documented for sockets that Node connects, and not offered for those that
 * `spawn` makes, so the handle changes its owner; the test that no bytes are lost stands guard over what is not documented.
 */
function takenOver(
  pipe: Readable,
  onread: { buffer: Uint8Array; callback: (length: number) => boolean },
): Socket {
  const owner = pipe as unknown as { _handle: unknown };
  const options = { handle: owner._handle, onread, writable: false };
  const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
  owner._handle = null;
  // The child counts its pipes as closed when their first owners are.
  pipe.destroy();
  return socket;
}
