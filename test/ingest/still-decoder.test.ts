import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Still } from '../../src/ingest/still.ts';
import {
  openStillDecoder,
  type StillDecoder,
  type StillDecoderOptions,
} from '../../src/ingest/still-decoder.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { groupPhoto } from '../support/media.ts';
import { stillProgram } from '../support/upload-decoder.ts';

const still = { maxPixels: 50_000_000, input: { width: 640, height: 480 } };
const faulty = pathToFileURL(`${import.meta.dirname}/faulty-decoder.mjs`);

let logged: string[] = [];
const open = (options: Partial<StillDecoderOptions> = {}) =>
  openStillDecoder({
    still,
    maxBytes: 8 << 20,
    program: stillProgram,
    log: createLogger({ level: 'warn', write: line => void logged.push(line) }),
    ...options,
  });
const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
/** A still with its pixels as hashes: comparing millions one by one takes minutes. */
const bits = ({ picture: { full, small, scale }, width, height, toOriginal, format }: Still) => ({
  ...{ width, height, toOriginal, format },
  scale,
  full: { ...full, data: digest(full.data) },
  small: { ...small, data: digest(small.data) },
});
/** What a faulty decoder is told to do, as the image it is sent. */
const order = (text: string) => Buffer.from(text);
const ends = () => logged.filter(line => line.includes('decoder ended')).length;

async function using(options: Partial<StillDecoderOptions>, test: (decoder: StillDecoder) => Promise<void>) {
  logged = [];
  const decoder = open(options);
  try {
    await test(decoder);
  } finally {
    await decoder.close();
  }
}

describe('the decoder of still images', () => {
  let decoder: StillDecoder;
  let photo: Buffer;
  beforeAll(async () => {
    photo = await readFile(await groupPhoto(2));
    decoder = open();
  });
  afterAll(() => decoder.close());

  it('gives to the bit what decoding here gives, over shared memory', async () => {
    const turned = await sharp(photo).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
    const odd = await sharp(photo).resize(641, 333, { fit: 'fill' }).webp().toBuffer();
    for (const bytes of [photo, turned, odd]) {
      const [here, there] = [await decodeStill(bytes, still), await decoder.decode(bytes)];
      expect(bits(there)).toEqual(bits(here));
      expect(there.picture.full.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  it('refuses in the words of decoding here', async () => {
    for (const bytes of [order('hello'), photo.subarray(0, 5000), order('GIF89a')]) {
      const { code, message } = await decodeStill(bytes, still).catch(error => error);
      await expect(decoder.decode(bytes)).rejects.toMatchObject({ code, message });
    }
  });

  it('takes images that come at once one after the other', async () => {
    const stills = await Promise.all(Array.from({ length: 5 }, () => decoder.decode(photo)));
    expect(new Set(stills.map(({ picture }) => digest(picture.full.data))).size).toBe(1);
  });

  it('has no secret in its environment and can write no file', async () => {
    const { pid } = decoder;
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    expect(environment.split('\0').filter(entry => entry !== '' && !entry.startsWith('PWD='))).toEqual([
      'LC_ALL=C',
      'MALLOC_ARENA_MAX=2',
    ]);
    const limits = await readFile(`/proc/${pid}/limits`, 'latin1');
    expect(limits).toMatch(/Max file size +0 +0/);
    expect(limits).toMatch(/Max core file size +0 +0/);
    expect(limits).toMatch(/Max data size +317\d{6} /);
    expect(await readlink(`/proc/${pid}/cwd`)).toBe('/');
    expect(await readFile(`/proc/${pid}/oom_score_adj`, 'latin1')).toBe('1000\n');
  });
});

describe('the memory of a still', () => {
  it('is that of the next one once it is given back, and not before', () =>
    using({ program: faulty }, async decoder => {
      const bufferOf = ({ picture }: Still) => picture.full.data.buffer;
      const [first, second] = [await decoder.decode(order('good')), await decoder.decode(order('pixels'))];
      expect(bufferOf(second)).not.toBe(bufferOf(first));
      first.release();
      const third = await decoder.decode(order('good'));
      expect(bufferOf(third)).toBe(bufferOf(first));
      expect([...third.picture.full.data, ...second.picture.full.data]).toEqual([
        ...Array(6).fill(0),
        ...Array(6).fill(7),
      ]);
    }));

  it('is out of reach for a decoder that says more than it was asked', () =>
    using({ program: faulty }, async decoder => {
      const { pid } = decoder;
      const still = await decoder.decode(order('more'));
      still.release();
      await expect.poll(() => decoder.pid, { timeout: 10_000 }).not.toBe(pid);
      expect(new Set(still.picture.full.data)).toEqual(new Set([7]));
      expect((await decoder.decode(order('good'))).picture.full.width).toBe(2);
    }));
});

describe('a decoder that is killed', () => {
  it('is replaced for the next image', () =>
    using({}, async decoder => {
      const photo = await readFile(await groupPhoto(2));
      const first = await decoder.decode(photo);
      const { pid } = decoder;
      process.kill(pid!, 'SIGKILL');
      expect(bits(await decoder.decode(photo))).toEqual(bits(first));
      expect(decoder.pid).not.toBe(pid);
      expect(ends()).toBe(1);
    }));

  it('is replaced when it has decoded many', () =>
    using({ imagesPerChild: 2 }, async decoder => {
      const photo = await readFile(await groupPhoto(2));
      const pids = new Set<number | undefined>();
      for (let i = 0; i < 4; i++) {
        pids.add(decoder.pid);
        await decoder.decode(photo);
      }
      expect(pids.size).toBe(2);
      expect(logged).toEqual([]);
    }));
});

describe('an image that takes more memory than there is', () => {
  it('is refused as too large, and the next one is decoded', () =>
    using({ memoryBytes: 160 << 20 }, async decoder => {
      const large = await sharp({ create: { width: 4900, height: 4900, channels: 3, background: 'teal' } })
        .webp()
        .toBuffer();
      await expect(decoder.decode(large)).rejects.toMatchObject({
        code: 'too_large',
        message: expect.stringContaining('memory'),
      });
      const photo = await readFile(await groupPhoto(2));
      expect((await decoder.decode(photo)).format).toBe('jpeg');
    }));
});

describe('a decoder gone mad', () => {
  it.each(['crash', 'exhaust', 'garbage', 'too long', 'wrong size', 'larger than asked', 'unknown error'])(
    'over an image (%s) is tried once more, and then the image is refused',
    what =>
      using({ program: faulty, memoryBytes: 160 << 20 }, async decoder => {
        await expect(decoder.decode(order(what))).rejects.toMatchObject({ code: 'image_undecodable' });
        expect((await decoder.decode(order('good'))).picture.full.width).toBe(2);
      }),
  );

  it('that answers nothing is killed after its time, and the image not tried again', () =>
    using({ program: faulty, limits: { cpuMs: 1000, wallMs: 1000 } }, async decoder => {
      const { pid } = decoder;
      await expect(decoder.decode(order('hang'))).rejects.toMatchObject({ code: 'image_undecodable' });
      expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
      expect((await decoder.decode(order('good'))).picture.full.width).toBe(2);
    }));

  it('is no reason to give the image up where only the first one was', () =>
    using({ program: faulty }, async decoder => {
      process.kill(decoder.pid!, 'SIGSTOP');
      const answer = decoder.decode(order('good'));
      process.kill(decoder.pid!, 'SIGKILL');
      expect((await answer).picture.full.width).toBe(2);
    }));

  it('that cannot be started is told as not ready', () =>
    using({ program: new URL('file:///nowhere.js') }, async decoder => {
      await expect(decoder.decode(order('good'))).rejects.toMatchObject({ code: 'not_ready' });
    }));
});

describe('closing', () => {
  it('ends the child and refuses what waits', async () => {
    logged = [];
    const decoder = open({ program: faulty });
    const [first, second] = [decoder.decode(order('hang')), decoder.decode(order('good'))];
    const refused = Promise.all(
      [first, second].map(answer => expect(answer).rejects.toMatchObject({ code: 'not_ready' })),
    );
    const { pid } = decoder;
    await decoder.close();
    await refused;
    expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
    expect(logged).toEqual([]);
  });
});
