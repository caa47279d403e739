/** So many random bytes. */
export type Random = (bytes: number) => Uint8Array;

/** A random UUID (RFC 9562 version 4). */
export function randomUuid(random: Random): string {
  return formatUuid(Uint8Array.from(random(16)), 4);
}

/** A UUID that begins with the time in milliseconds since the epoch (RFC 9562 version 7). */
export function timeUuid(now: number, random: Random): string {
  const bytes = Uint8Array.from(random(16));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.floor(now)) << 16n);
  bytes.set(random(2), 6);
  return formatUuid(bytes, 7);
}

/** `enroll/<name>_<7 random alphanumerics>.<extension>`; the name is the client's file name reduced to what is safe in any path or log. */
export function imageName(image: { name: string; extension: string }, random: Random): string {
  const base = image.name
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.[^.]*$/, '');
  const safe = base.replace(/[^A-Za-z0-9._-]/g, '').slice(0, MAX_NAME) || 'image';
  const extension = image.extension.replace(/[^A-Za-z0-9]/g, '') || 'img';
  return `enroll/${safe}_${alphanumerics(SUFFIX, random)}.${extension}`;
}

const MAX_NAME = 64;
const SUFFIX = 7;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function alphanumerics(length: number, random: Random): string {
  let text = '';
  while (text.length < length) {
    const [byte] = random(1);
    // 248 = 4 x 62: a larger byte would favour the first letters.
    if (byte! < 248) text += ALPHABET[byte! % ALPHABET.length];
  }
  return text;
}

function formatUuid(bytes: Uint8Array, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
