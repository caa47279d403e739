import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../support/memory-store.ts';
import {
  call,
  clientForm,
  createRestApp,
  ledgerOf,
  NOW,
  openScriptedGallery,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const PERSON = '/miicloud/person';
const value = scriptedImage([{ who: 1, box: [38, 53, 168, 183] }]);
const form = (fields: Record<string, string>, withImage = true) =>
  clientForm([
    ...Object.entries(fields).map(([name, text]) => ({ name, value: text })),
    ...(withImage ? [{ name: 'image_path', value, file: 'a.jpg' }] : []),
  ]);
/** As the log names the tokens of the test: by the first digits of their SHA-256. */
const BY = /^token:[0-9a-f]{12}$/;

const openApp = async (requireConsent = false) => {
  const store = createMemoryStore();
  const gallery = await openScriptedGallery(store, { requireConsent });
  return createRestApp({ gallery, ledger: ledgerOf(store) });
};
type App = Awaited<ReturnType<typeof openApp>>;
const enroll = (app: App, more: Record<string, string> = {}) =>
  call(app, 'POST', PERSON, form({ customer_person_id: 'ada', ...more }));

describe('the receipt of an erasure', () => {
  it('comes in a header beside the documented body, and can be checked', async () => {
    const app = await openApp();
    await enroll(app);
    const { response, json } = await call(app, 'DELETE', `${PERSON}/ada`);
    expect(Object.keys(json)).toEqual(['status', 'customer_person_id', 'miicloud_person_id']);
    const receipt = response.headers.get('x-erasure-receipt')!;
    const verify = async (query: Record<string, string>) =>
      (await call(app, 'GET', `/api/v1/erasures/verify?${new URLSearchParams(query)}`)).json;
    const erased_at = new Date(NOW).toISOString();
    expect(await verify({ receipt })).toEqual({ genuine: true, erased_at });
    expect(await verify({ receipt, customer_person_id: 'ada' })).toEqual({ genuine: true, erased_at });
    expect(await verify({ receipt, customer_person_id: 'bob' })).toMatchObject({ genuine: false });
    expect(await verify({ receipt: 'x' })).toMatchObject({ genuine: false, problem: expect.any(String) });
    expect((await call(app, 'GET', '/api/v1/erasures/verify')).json).toMatchObject({
      code: 'invalid_request',
    });
  });

  it('is given for no person who was not there', async () => {
    const { status, response } = await call(await openApp(), 'DELETE', `${PERSON}/nobody`);
    expect(status).toBe(404);
    expect(response.headers.get('x-erasure-receipt')).toBeNull();
  });
});

describe('the audit log over REST', () => {
  it('tells an admin who did what, without a token, an id or a vector', async () => {
    const app = await openApp();
    await enroll(app);
    await call(app, 'POST', '/miicloud/match_faces', {
      ...form({}),
      headers: { ...form({}).headers, authorization: `Token ${TOKENS.reader}` },
    });
    await call(app, 'PATCH', `${PERSON}/ada`, form({ first_name: 'Ada' }, false));
    await call(app, 'GET', '/api/v1/gallery/audit');
    await call(app, 'POST', '/api/v1/gallery/migrate');
    await call(app, 'DELETE', `${PERSON}/ada`);
    const { json } = await call(app, 'GET', '/api/v1/audit');
    const acts = json.entries.map(({ act }: { act: string }) => act);
    expect(acts).toEqual([
      'person.enroll',
      'match',
      'person.update',
      'gallery.audit',
      'gallery.migrate',
      'person.delete',
    ]);
    for (const { by, customer } of json.entries) expect([BY.test(by), customer]).toEqual([true, 'acme']);
    expect(json.entries[0].by).not.toBe(json.entries[1].by);
    expect(json.entries[1]).toMatchObject({ details: { faces: 1, known: 1, verification: false } });
    expect(json.entries[1].persons).toEqual(json.entries[0].persons);
    const text = JSON.stringify(json);
    for (const secret of [...Object.values(TOKENS), '"ada"', 'Ada']) expect(text).not.toContain(secret);
    expect((await call(app, 'GET', '/api/v1/audit/verify')).json).toMatchObject({ intact: true });
  });

  it('comes in pages, and shows no acts on another customer', async () => {
    const app = await openApp();
    for (const id of ['a', 'b', 'c']) await enroll(app, { customer_person_id: id });
    const first = (await call(app, 'GET', '/api/v1/audit?limit=2')).json;
    const second = (await call(app, 'GET', `/api/v1/audit?limit=2&cursor=${first.next_cursor}`)).json;
    expect([first.entries.length, second.entries.map((each: { act: string }) => each.act)]).toEqual([
      2,
      ['person.enroll', 'audit.read'],
    ]);
    const headers = { authorization: `Token ${TOKENS.other}` };
    expect((await call(app, 'GET', '/api/v1/audit', { headers })).json).toEqual({ entries: [] });
    for (const query of ['limit=0', 'cursor=x'])
      expect(await call(app, 'GET', `/api/v1/audit?${query}`)).toMatchObject({ status: 400 });
  });

  it('has the rotation of the key, which an admin asks for', async () => {
    const app = await openApp();
    const { json } = await call(app, 'POST', '/api/v1/key/rotate');
    expect(json).toEqual({ status: 'success', key_id: expect.stringMatching(/^[0-9a-f]{16}$/) });
    const { entries } = (await call(app, 'GET', '/api/v1/audit')).json;
    expect(entries).toMatchObject([{ act: 'key.rotate', by: expect.stringMatching(BY) }]);
  });
});

describe('consent', () => {
  const consent = { consent_id: 'paper-7', consent_purpose: 'front door', consent_expires_at: '2027-03-01' };

  it('is needed for the first image where the configuration says so, and stays with the person', async () => {
    const app = await openApp(true);
    const { status, json } = await enroll(app);
    expect([status, json.code]).toEqual([400, 'missing_parameter']);
    expect(json.message).toContain('consent_id');
    expect((await enroll(app, consent)).status).toBe(200);
    expect((await enroll(app)).status).toBe(200);
    expect((await call(app, 'GET', `${PERSON}/ada`)).json.consent).toEqual({
      id: 'paper-7',
      purpose: 'front door',
      given_at: new Date(NOW).toISOString(),
      expires_at: '2027-03-01T00:00:00.000Z',
    });
  });

  it('is no field of answers where nobody sent it', async () => {
    const app = await openApp();
    await enroll(app, { consent_id: ' ' });
    expect((await call(app, 'GET', `${PERSON}/ada`)).json).not.toHaveProperty('consent');
  });

  it('is refused where its end is no date', async () => {
    const { status, json } = await enroll(await openApp(), { consent_id: 'x', consent_expires_at: 'soon' });
    expect([status, json.message]).toEqual([400, expect.stringContaining('consent_expires_at')]);
  });
});
