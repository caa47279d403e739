import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { call, clientForm, createRestApp, type Part } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const MiB = 1024 * 1024;
const PERSON = '/miicloud/person';
const FACES = [{ who: 1, box: [0, 0, 100, 100] as const }];
const id: Part = { name: 'customer_person_id', value: 'p1' };
const image: Part = { name: 'image_path', value: scriptedImage(FACES), file: 'a.jpg' };
const post = async (
  init: { headers?: Record<string, string>; body?: string | Uint8Array },
  maxUploadBytes = 8 * MiB,
) => call(await createRestApp({ limits: { maxUploadBytes, requestsPerSecond: 1000 } }), 'POST', PERSON, init);
const typed = (type: string, body: string | Uint8Array) => ({ headers: { 'content-type': type }, body });

/** Most milliseconds of CPU that went by between two turns of the event loop; unlike a clock it is blind to other processes. */
async function longestBlock(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  let last = process.cpuUsage();
  const tick = () => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
  };
  let done = false;
  const ticking = (async () => {
    while (!done) {
      await setImmediate();
      tick();
    }
  })();
  await work();
  tick();
  done = true;
  await ticking;
  return longest;
}

describe('the body of a request', () => {
  it.each(['image/jpeg', 'text/plain', 'application/octet-stream', 'multipart/mixed; boundary=x', ''])(
    'of type %j is answered 415',
    async type => {
      const { status, json } = await post(typed(type, Buffer.from('x')));
      expect({ status, code: json.code }).toEqual({ status: 415, code: 'unsupported_media' });
    },
  );

  it('with a Content-Encoding is answered 415', async () => {
    const form = clientForm([id, image]);
    const headers = { ...form.headers, 'content-encoding': 'gzip' };
    expect((await post({ ...form, headers })).status).toBe(415);
  });

  it('that is not there lacks parameters', async () => {
    expect((await post({})).json.code).toBe('missing_parameter');
  });

  it.each(['{', '[]', '"text"', 'null', '{"a":1}}', '\ufeff'])(
    'of broken JSON %j is answered 400',
    async body => {
      expect(await post(typed('application/json', body))).toMatchObject({
        status: 400,
        json: { code: 'invalid_request' },
      });
    },
  );

  it.each([
    [{ customer_person_id: ['a'] }, 'customer_person_id'],
    [{ customer_person_id: 'a', first_name: { toString: 'b' } }, 'first_name'],
    [{ customer_person_id: 'a', email: true }, 'email'],
    [{ customer_person_id: 'a', image_path: 7 }, 'image_path'],
    [{ customer_person_id: 'a', last_name: 'x'.repeat(1025) }, 'last_name'],
  ])('of JSON with a wrong type names the field: %j', async (body, name) => {
    const answer = await post(typed('application/json; charset=utf-8', JSON.stringify(body)));
    expect(answer).toMatchObject({ status: 400, json: { message: expect.stringContaining(name) } });
  });

  it('does not reach prototypes', async () => {
    const hostile = `{"__proto__":{"polluted":1},"constructor":"x","customer_person_id":"p1","image_path":"${scriptedImage(FACES).toString('base64')}"}`;
    expect((await post(typed('application/json', hostile))).status).toBe(200);
    const form = clientForm([
      { name: '__proto__', value: 'x' },
      { name: 'constructor', value: 'y' },
      id,
      image,
    ]);
    expect((await post(form)).status).toBe(200);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('of an urlencoded form with broken encodings is answered 400', async () => {
    for (const body of ['customer_person_id=%ff', 'customer_person_id=%', `first_name=${'x'.repeat(4097)}`])
      expect(await post(typed('application/x-www-form-urlencoded', body))).toMatchObject({
        status: 400,
        json: { code: 'invalid_request' },
      });
  });
});

describe('the limits of a body', () => {
  it('let a body of exactly the size in and answer 413 to one byte more, announced or not', async () => {
    const form = clientForm([id, { ...image, value: scriptedImage(FACES, 'jpeg', 5000) }]);
    expect((await post(form, form.body.length)).status).toBe(200);
    for (const headers of [form.headers, { ...form.headers, 'content-length': String(form.body.length) }])
      expect(await post({ ...form, headers }, form.body.length - 1)).toMatchObject({
        status: 413,
        json: { status: 'fail', code: 'too_large' },
      });
  });

  it('hold for JSON and urlencoded bodies', async () => {
    expect((await post(typed('application/json', `"${'x'.repeat(1000)}"`), 1000)).status).toBe(413);
    const wide = typed('application/x-www-form-urlencoded', 'a=1&'.repeat(100_000));
    expect((await post(wide)).status).toBe(413);
    expect((await post(typed('application/x-www-form-urlencoded', 'a=1&'.repeat(17)))).status).toBe(400);
  });

  it.each([
    ['17 fields', Array.from({ length: 17 }, (_, i) => ({ name: `f${i}`, value: '' }))],
    ['a field over 4 KiB', [{ name: 'first_name', value: 'x'.repeat(4097) }]],
    ['an image_path text over 4 KiB', [{ name: 'image_path', value: 'x'.repeat(4097) }]],
  ])('refuse %s', async (_what, parts) => {
    expect(await post(clientForm([...parts, id, image]))).toMatchObject({
      status: 400,
      json: { code: 'invalid_request' },
    });
  });

  it('refuse a boundary that is missing or longer than 70 characters', async () => {
    const { body } = clientForm([id, image]);
    for (const type of [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      `multipart/form-data; boundary=${'a'.repeat(71)}`,
    ])
      expect((await post(typed(type, body))).json.message).toContain('boundary');
  });

  it('refuse a form that ends early or is no form', async () => {
    const { headers, body } = clientForm([id, image]);
    for (const part of [
      body.subarray(0, -6),
      body.subarray(0, 100),
      body.subarray(0, 20),
      Buffer.from('x'),
      Buffer.alloc(0),
    ])
      expect(await post({ headers, body: part })).toMatchObject({ status: 400 });
  });
});

describe('hostile bodies of 8 MB', () => {
  const part = (name: string, value = '') =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const form = (body: string | Uint8Array) => typed('multipart/form-data; boundary=x', body);
  const near = `\r\n--${'a'.repeat(69)}`;

  it.each([
    ['100,000 parts', () => form(`${part('f').repeat(100_000)}--x--\r\n`)],
    ['a part name of 1 MB', () => form(`${part('a'.repeat(MiB), 'v')}--x--\r\n`)],
    ['a name of 200,000 dots', () => form(`${part('a.'.repeat(200_000), 'v')}--x--\r\n`)],
    ['7 MB of part headers', () => form(`--x\r\n${'A: b\r\n'.repeat(MiB)}\r\n\r\n--x--\r\n`)],
    [
      'near misses of the boundary',
      () => typed(`multipart/form-data; boundary=${'a'.repeat(70)}`, near.repeat(100_000)),
    ],
    [
      'JSON with an id of 7 MB',
      () => typed('application/json', `{"customer_person_id":"${'x'.repeat(7 * MiB)}"}`),
    ],
    ['nested JSON arrays', () => typed('application/json', '['.repeat(7 * MiB))],
    ['JSON of a million keys', () => typed('application/json', `{${'"a":1,'.repeat(MiB)}"b":1}`)],
    ['JSON numbers', () => typed('application/json', `[${'1,'.repeat(3 * MiB)}1]`)],
    [
      'JSON of one broken string',
      () => typed('application/json', `{"image_path":"${'\\u0041'.repeat(MiB)}.`),
    ],
    ['base64 that ends wrong', () => typed('application/json', `{"image_path":"${'A'.repeat(7 * MiB)}."}`)],
    ['base64 of white space', () => typed('application/json', `{"image_path":"${' A'.repeat(3 * MiB)}."}`)],
    ['urlencoded fields', () => typed('application/x-www-form-urlencoded', 'a&'.repeat(3 * MiB))],
  ])('are refused without blocking the event loop: %s', async (_what, make) => {
    const init = make();
    let status = 0;
    const blocked = await longestBlock(async () => {
      status = (await post(init)).status;
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(blocked).toBeLessThan(200);
  });
});

describe('the corpus of malformed multipart bodies', () => {
  const folder = join(import.meta.dirname, '../../../shared/data/malformed/multipart');
  const files = (() => {
    try {
      return readdirSync(folder);
    } catch (error) {
      // Only a developer's machine may lack the data.
      if (process.env.CI) throw error;
      return [];
    }
  })();

  it.runIf(files.length > 0)(
    'is answered 4xx to the last body, never blocking, under every boundary',
    async () => {
      const boundaries = ['dfhjksd23f43242f43fv4b4g2g2g23vf2', 'x', 'MyBoundary', 'a'.repeat(70), '2'];
      const app = await createRestApp();
      const wrong: string[] = [];
      const blocked = await longestBlock(async () => {
        for (const file of files)
          for (const type of [...boundaries.map(b => `; boundary=${b}`), '; boundary="x"', '']) {
            const body = readFileSync(join(folder, file));
            for (const [method, path] of [
              ['POST', PERSON],
              ['PUT', PERSON],
              ['POST', '/miicloud/match_faces'],
            ] as const) {
              await setImmediate();
              const { status } = await call(app, method, path, typed(`multipart/form-data${type}`, body));
              if (status < 400 || status >= 500) wrong.push(`${file} ${type} ${method} ${path}: ${status}`);
            }
          }
      });
      expect(wrong).toEqual([]);
      expect(blocked).toBeLessThan(200);
    },
  );
});
