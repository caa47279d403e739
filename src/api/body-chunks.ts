import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';

const SLICE_BYTES = 16 * 1024;
const BYTES_PER_TURN = 256 * 1024;

/** The request's body in slices of at most 16 KiB, giving other work a turn between them. Throws too_large beyond `maxBytes`. */
export async function* bodyChunks(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  // A client that announces too much is refused before any of it is read.
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  let total = 0;
  let sinceTurn = 0;
  for await (const chunk of received(request)) {
    total += chunk.length;
    if (total > maxBytes) throw tooLarge(maxBytes);
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      yield chunk.subarray(at, at + SLICE_BYTES);
      sinceTurn += SLICE_BYTES;
      if (sinceTurn < BYTES_PER_TURN) continue;
      sinceTurn = 0;
      await setImmediate();
    }
  }
}

/** The whole body in one piece. Throws too_large beyond `maxBytes`. */
export async function bodyBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyChunks(request, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* received(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  const reader = request.body.getReader();
  try {
    while (true) {
      const { done, value } = await reader.read().catch(cause => {
        throw new FacegateError('invalid_request', 'The request body ended early; send it again.', { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

function tooLarge(maxBytes: number): FacegateError {
  return new FacegateError(
    'too_large',
    `The request body is larger than ${maxBytes} bytes; send a smaller image.`,
  );
}
