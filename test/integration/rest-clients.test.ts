import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiGallery } from '../../src/api/dependencies.ts';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { type ErrorCode, FacegateError } from '../../src/domain/errors.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { REFERENCE_STATUSES, readAnswers } from '../support/rest-clients/reference-answers.ts';
import { createRestApp, openScriptedGallery, TOKENS } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'facegate-rest-'));
const photo = join(folder, 'will_smith_001.jpg');
let store: Awaited<ReturnType<typeof openTemporaryStore>>;
let server: RestServer;

beforeAll(async () => {
  writeFileSync(photo, scriptedImage([{ who: 1, box: [35, 77, 222, 264] }]));
  writeFileSync(join(folder, 'nobody.jpg'), scriptedImage([]));
  writeFileSync(join(folder, 'small.jpg'), scriptedImage([{ who: 1, box: [0, 0, 9, 9] }]));
  writeFileSync(join(folder, 'broken.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0]));
  writeFileSync(join(folder, 'picture.gif'), 'GIF89a');
  writeFileSync(join(folder, 'big.jpg'), scriptedImage([], 'jpeg', 2 << 20));
  server = await listen();
});

afterAll(async () => {
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A server over a store on disk, whose gallery fails an enrollment with the code that its id names. */
async function listen(): Promise<RestServer> {
  store = await openTemporaryStore();
  const gallery = await openScriptedGallery(store);
  const failing: ApiGallery = {
    ...gallery,
    async enroll(input) {
      if (input.customerPersonId.startsWith('fail:'))
        throw new FacegateError(input.customerPersonId.slice(5) as ErrorCode, 'The gallery refuses.');
      return gallery.enroll(input);
    },
  };
  const readiness = () => ({ ready: false, reasons: ['The models are loading.'] });
  const app = await createRestApp({ gallery: failing, readiness });
  return openServer({ app, host: '127.0.0.1', port: 0, log: silentLogger });
}

/** Runs curl as its users do; the answer's status, headers and JSON. */
async function curl(path: string, ...options: string[]) {
  const { stdout } = await run('curl', ['-sS', '-i', '--max-time', '20', ...options, server.url + path]);
  // curl shows the interim 100 Continue as well.
  const [head = '', body = ''] = stdout.replace(/^HTTP\/1.1 100.*?\r\n\r\n/s, '').split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, json: body === '' ? undefined : JSON.parse(body) };
}

const token = (role: keyof typeof TOKENS = 'admin') => ['-H', `authorization: Token ${TOKENS[role]}`];
const as = (id: string, file = photo) => ['-F', `customer_person_id=${id}`, '-F', `image_path=@${file}`];

describe('Python requests, as the reference shows it', () => {
  it('works for every call with only the host changed', async () => {
    const script = join(import.meta.dirname, '../support/rest-clients/reference-client.py');
    const { stdout } = await run('/usr/bin/python3', [script, server.url, photo], {
      env: { FACEGATE_TOKEN: TOKENS.admin },
      timeout: 120_000,
    });
    const { answers, statuses } = readAnswers(stdout);
    expect(statuses).toEqual(REFERENCE_STATUSES);

    const { enroll, enroll_again, update, patch, get, match, verify, match_text_only } = answers;
    const box = { left_x: 35, left_y: 77, right_x: 222, right_y: 264 };
    const id = enroll.body.miicloud_person_id;
    expect(enroll.body).toMatchObject({ phone: '0123456789', email: '', bounding_box: box });
    expect(enroll_again.body.miicloud_person_id).toBe(id);
    expect(update.body).toMatchObject({ first_name: 'Will', last_name: '', bounding_box: box });
    expect(update.body.images).toHaveLength(3);
    expect(patch.body).toMatchObject({ first_name: 'Jason', last_name: 'Søn' });
    expect(get.body).toMatchObject({ miicloud_person_id: id, phone: '+12222222222' });
    expect(match.body.faces).toMatchObject([{ match_status: 'unknown', match_confidence: 0 }]);
    expect(verify.body.faces).toEqual([
      {
        match_status: 'known',
        bounding_box: box,
        match_confidence: 1,
        miicloud_person_id: id,
        customer_person_id: '5712f5242cf956c7c1d248e89',
      },
    ]);
    expect(match_text_only.body).toMatchObject({ status: 'fail', code: 'missing_parameter' });
  });
});

describe('curl', () => {
  it('enrolls, updates, patches, gets, lists, matches and deletes', async () => {
    const person = '/miicloud/person';
    const enrolled = await curl(person, ...token(), ...as('c'), '-F', 'first_name=John', '-F', 'phone=+1415');
    expect(enrolled).toMatchObject({ status: 200, json: { status: 'success', phone: '+1415' } });
    expect(enrolled.json.image).toMatch(/^enroll\/will_smith_001_\w{7}\.jpg$/);
    const update = [
      '-X',
      'PUT',
      '-F',
      `image_path=@${photo};type=multipart/form-data`,
      '-F',
      'last_name=Doe',
    ];
    expect((await curl(`${person}/c`, ...token(), ...update)).json).toMatchObject({
      first_name: '',
      last_name: 'Doe',
      images: [{}, {}],
    });
    const patch = ['-X', 'PATCH', '-d', 'email=j%40example.org'];
    expect((await curl(`${person}/c/`, ...token(), ...patch)).json).toMatchObject({
      last_name: 'Doe',
      email: 'j@example.org',
    });
    expect((await curl(`${person}/c`, ...token('reader'))).json.images).toHaveLength(2);
    expect((await curl(`${person}?limit=5`, ...token('reader'))).json.persons.length).toBeGreaterThan(0);
    const twice = ['-F', 'image_path=/some/local/path.jpg', ...as('c')];
    expect((await curl('/miicloud/match_faces', ...token('reader'), ...twice)).json.faces).toMatchObject([
      { match_status: 'known', customer_person_id: 'c' },
    ]);
    expect((await curl(`${person}/c`, ...token(), '-X', 'DELETE')).json.status).toBe('success');
  });

  it('reads health, status and cameras', async () => {
    expect((await curl('/health/live')).status).toBe(200);
    expect(await curl('/health/ready')).toMatchObject({ status: 503, json: { code: 'not_ready' } });
    expect((await curl('/api/v1/status', ...token('reader'))).json.ready).toBe(false);
    expect((await curl('/api/v1/cameras', ...token('reader'))).json.cameras).toHaveLength(2);
    expect((await curl('/api/v1/cameras', ...token('reader'), '-I')).status).toBe(200);
    expect((await curl('/miicloud/person', '-X', 'OPTIONS')).head).toMatch(/^allow: POST, PUT, GET/m);
  });

  const enroll = (...options: string[]) => ['/miicloud/person', ...token(), ...options];
  it.each([
    ['invalid_request', 400, enroll(...as('c'), '-F', 'customer_person_id=d')],
    ['missing_parameter', 400, enroll('-F', 'customer_person_id=c')],
    ['no_face', 400, enroll(...as('c', join(folder, 'nobody.jpg')))],
    ['low_quality', 400, enroll(...as('c', join(folder, 'small.jpg')))],
    ['image_undecodable', 400, enroll(...as('c', join(folder, 'broken.jpg')))],
    ['unauthorized', 401, ['/miicloud/person/c', ...token('expired')]],
    ['forbidden', 403, ['/miicloud/person/c', ...token('operator'), '-X', 'DELETE']],
    ['not_found', 404, ['/miicloud/persons', ...token()]],
    ['person_not_found', 404, ['/miicloud/person/nobody', ...token()]],
    ['method_not_allowed', 405, ['/miicloud/match_faces', ...token()]],
    [
      'not_acceptable',
      406,
      ['/miicloud/person/c', ...token(), '-H', 'accept: text/html, application/json;q=0'],
    ],
    ['face_conflict', 409, enroll(...as('fail:face_conflict'))],
    ['too_large', 413, enroll(...as('c', join(folder, 'big.jpg')))],
    ['too_large', 413, enroll(...as('c', join(folder, 'big.jpg')), '-H', 'transfer-encoding: chunked')],
    ['unsupported_media', 415, enroll(...as('c', join(folder, 'picture.gif')))],
    ['unsupported_media', 415, enroll('-H', 'content-type: image/jpeg', '--data-binary', `@${photo}`)],
    ['internal', 500, enroll(...as('fail:internal'))],
    ['overloaded', 503, enroll(...as('fail:overloaded'))],
    ['not_ready', 503, enroll(...as('fail:not_ready'))],
    ['storage_full', 507, enroll(...as('fail:storage_full'))],
  ] as const)('is told %s with %i', async (code, status, [path, ...options]) => {
    const answer = await curl(path!, ...options);
    expect(answer).toMatchObject({ status, json: { status: 'fail', code, message: expect.any(String) } });
    expect(/^retry-after: \d+/m.test(answer.head)).toBe(status === 503);
    expect(answer.head).toMatch(/^x-request-id: /m);
    expect(answer.head).toMatch(/^content-type: application\/json/m);
  });

  it('is told rate_limited with 429 when it guesses tokens', async () => {
    const guess = ['-H', `authorization: Token ${'9'.repeat(40)}`];
    // A token that was refused before counts as well.
    await Promise.all(Array.from({ length: 20 }, () => curl('/api/v1/status', ...guess)));
    const answer = await curl('/api/v1/status', ...guess);
    expect(answer).toMatchObject({ status: 429, json: { status: 'fail', code: 'rate_limited' } });
    expect(answer.head).toMatch(/^retry-after: \d+/m);
    expect((await curl('/api/v1/status', ...token())).status).toBe(200);
  });
});
