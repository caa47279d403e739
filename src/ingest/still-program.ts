// The child that decodes what strangers send: it reads images from its standard input and writes pixels to its standard output.
import { FacegateError } from '../domain/errors.ts';
import { keepHeapSmall } from '../platform/heap.ts';
import { decodeStill } from './still-image.ts';
import { messageReader, messageStart, type StillAnswer, type StillRequest } from './still-wire.ts';

const MAX_HEAD = 4096;
const MAX_IMAGE = 256 * 1024 * 1024;

keepHeapSmall();
// A terminal and systemd signal the whole group; the daemon still finishes what is under way, and ends this child by closing its input.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
const receive = messageReader({
  maxHead: MAX_HEAD,
  maxBody: MAX_IMAGE,
  allocate: bytes => Buffer.allocUnsafe(bytes),
  // The pixels of one image must not stand in the way of the next; the heap itself is small.
  onMessage: (head, image) => void answer(head as StillRequest, image).finally(() => globalThis.gc?.()),
});
process.stdin.on('data', receive);
// An exit would wait for a decode that may never end.
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL'));
say({ kind: 'ready' });

async function answer(options: StillRequest, image: Uint8Array): Promise<void> {
  try {
    const { format, width, height, picture } = await decodeStill(image, options);
    const full = { width: picture.full.width, height: picture.full.height };
    const answered: StillAnswer = { kind: 'still', format, original: { width, height }, full };
    say(answered, picture.full.data, picture.small.data);
  } catch (error) {
    if (error instanceof FacegateError)
      return say({ kind: 'refused', code: error.code, message: error.message });
    const message = 'The image takes too much memory to decode: send a smaller one.';
    say({ kind: 'refused', code: error instanceof RangeError ? 'too_large' : 'internal', message });
  }
}

function say(head: StillAnswer, ...body: Uint8Array[]): void {
  const bytes = body.reduce((sum, { length }) => sum + length, 0);
  for (const part of [messageStart(head, bytes), ...body]) process.stdout.write(part);
}
