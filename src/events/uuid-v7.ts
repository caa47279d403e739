import { randomFillSync } from 'node:crypto';

const COUNTER_MAX = 0xfff;
/** New milliseconds start below half of the counter, so that at least 2048 ids fit before it overflows. */
const COUNTER_SEED_MASK = 0x7ff;

/**
 * A source of UUIDs version 7 that only ever grows, also within a millisecond and when the clock steps back:
 * 48 bits of milliseconds, a 12-bit counter with a random start in `rand_a`, 62 random bits (RFC 9562, 5.7 and 6.2 method 1).
 */
export function uuidV7Source(options: {
  now: () => number;
  fillRandom?: (bytes: Uint8Array) => void;
}): () => string {
  const fillRandom = options.fillRandom ?? (bytes => void randomFillSync(bytes));
  const bytes = new Uint8Array(16);
  let millis = -1;
  let counter = 0;

  return () => {
    fillRandom(bytes);
    const now = Math.floor(options.now());
    if (now > millis) {
      millis = now;
      counter = ((bytes[6] << 8) | bytes[7]) & COUNTER_SEED_MASK;
    } else if (counter < COUNTER_MAX) {
      counter += 1;
    } else {
      millis += 1;
      counter = ((bytes[6] << 8) | bytes[7]) & COUNTER_SEED_MASK;
    }
    return format(bytes, millis, counter);
  };
}

function format(bytes: Uint8Array, millis: number, counter: number): string {
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(millis / 2 ** 32));
  view.setUint32(2, millis % 2 ** 32);
  view.setUint16(6, 0x7000 | counter);
  view.setUint8(8, 0x80 | (bytes[8] & 0x3f));
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
