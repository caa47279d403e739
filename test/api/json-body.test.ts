import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createImageRooms } from '../../src/api/image-room.ts';
import { readJson, readJsonForm } from '../../src/api/json-body.ts';

const KiB = 1024;
const IMAGE = Buffer.from(Array.from({ length: 100 * KiB }, (_, at) => (at * 7919) >> 5));

async function* slices(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const read = (text: string, size = 16 * KiB) =>
  readJsonForm(slices(text, size), createImageRooms(1024 * KiB).open());
const refusal = (text: string, size?: number) =>
  read(text, size).then(
    () => 'it was taken',
    (error: Error) => error.message,
  );

describe('a JSON body', () => {
  it('is read as JSON.parse reads it, in whatever slices', async () => {
    const anything = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(anything, fc.integer({ min: 1, max: 50 }), async (value, size) => {
        const text = JSON.stringify({ ...value, image_path: null });
        expect((await read(text, size)).record).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is refused where it is wide, whatever it is wide of', async () => {
    for (const text of ['['.repeat(2000), `[${'1,'.repeat(2000)}1]`, `{${'"a":1,'.repeat(600)}"b":1}`])
      expect(await refusal(text)).toContain('too many values');
    expect(await refusal(`{"a":${' '.repeat(600 * KiB)}1}`)).toContain('too many values');
  });

  it('may have as much punctuation in its texts as it likes', async () => {
    const text = '[,{'.repeat(1000);
    expect((await read(JSON.stringify({ text }))).record).toEqual({ text });
  });

  it.each(['', '7', 'null', '[]', '"a"', '{"a":1', '{"a":1}}'])(
    'is refused where it is no object: %j',
    async text => {
      expect(await refusal(text)).toMatch(/JSON/);
      expect(() => readJson(Buffer.from(text))).toThrow('JSON');
    },
  );
});

describe('an image in a JSON body', () => {
  const base64 = IMAGE.toString('base64');
  const written = {
    plainly: base64,
    'with its slashes escaped': base64.replaceAll('/', '\\/'),
    'with its signs as code points': base64.replaceAll('+', '\\u002b').replaceAll('/', '\\u002F'),
    'in lines': base64.replaceAll(/.{76}/g, '$&\\r\\n'),
    'as a data: URI': `data:image/jpeg;base64,${base64}`,
  };

  it.each(Object.entries(written))('written %s gives its bytes, in whatever slices', async (_how, text) => {
    for (const size of [1, 2, 3, 5, 1000, 16 * KiB, 1024 * KiB]) {
      const { image, record } = await read(`{"first_name":"Ada","image_path" : "${text}","phone":7}`, size);
      expect(IMAGE.equals(image!)).toBe(true);
      expect(record).toMatchObject({ first_name: 'Ada', phone: 7 });
    }
  });

  it('may be small', async () => {
    expect((await read('{"image_path":"AQID"}')).image).toEqual(Uint8Array.of(1, 2, 3));
    expect((await read('{"image_path":""}')).image).toBeUndefined();
    expect((await read('{}')).image).toBeUndefined();
  });

  it('counts the last time it is sent, as in any JSON', async () => {
    const { image } = await read(`{"image_path":"${base64}","image_path":"AQID"}`);
    expect(image).toEqual(Uint8Array.of(1, 2, 3));
    expect(IMAGE.equals((await read(`{"image_path":"AQID","image_path":"${base64}"}`)).image!)).toBe(true);
  });

  it('is one only at the top', async () => {
    const { image } = await read(`{"other":{"image_path":"${base64}"},"more":"${base64}"}`);
    expect(image).toBeUndefined();
    expect(await refusal(`{"image_path":"${base64}","other":{"image_path":"${base64}"}}`)).toContain(
      'base64',
    );
  });

  it.each([
    ['is no base64', `{"image_path":"${base64}*"}`, 'base64'],
    ['is not ASCII', `{"image_path":"${base64}é"}`, 'base64'],
    ['has an escape that is none', `{"image_path":"${base64}\\x"}`, 'JSON'],
    ['has a line break that is not escaped', `{"image_path":"${base64}\n"}`, 'JSON'],
    ['does not end', `{"image_path":"${base64}`, 'JSON'],
    ['ends within an escape', `{"image_path":"${base64}\\`, 'JSON'],
  ])('is refused where it %s', async (_what, text, reason) => {
    for (const size of [1, 1000, 1024 * KiB]) expect(await refusal(text, size)).toContain(reason);
  });
});

describe('a text that is longer than any field', () => {
  it('is too long for its field, and nothing to one that nobody reads', async () => {
    const { record } = await read(
      JSON.stringify({ first_name: 'x'.repeat(100 * KiB), last_name: 'Lovelace' }),
    );
    expect((record.first_name as string).length).toBeGreaterThan(4096);
    expect((record.first_name as string).length).toBeLessThan(5000);
    expect(record.last_name).toBe('Lovelace');
  });

  it('stays whole where its characters are few and only written long', async () => {
    const { record } = await read(`{"first_name":"${'\\u0041'.repeat(4096)}"}`, 1000);
    expect(record.first_name).toBe('A'.repeat(4096));
  });
});
