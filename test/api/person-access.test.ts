import { describe, expect, it } from 'vitest';
import { call, clientForm, createRestApp, type Part, TOKENS } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

type App = Awaited<ReturnType<typeof createRestApp>>;

const PERSON = '/miicloud/person';
const image: Part = {
  name: 'image_path',
  value: scriptedImage([{ who: 1, box: [10, 10, 150, 150] }]),
  file: 'ada.jpg',
};
const form = (record: Record<string, string>, ...more: Part[]) =>
  clientForm([...Object.entries(record).map(([name, value]) => ({ name, value })), ...more]);
const json = (value: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
const RIGHTS = {
  groups: ['staff', 'night-shift'],
  valid_from: '2026-01-01T00:00:00.000Z',
  valid_until: '2026-12-31T22:00:00.000Z',
  deny: true,
};

/** An app in which Ada has all rights set, and what it says of them. */
async function started() {
  const app = await createRestApp();
  const sent = {
    customer_person_id: 'ada',
    groups: 'staff, night-shift,staff',
    valid_from: '2026-01-01',
    valid_until: '2026-12-31T23:00:00+01:00',
    deny: 'true',
  };
  const { status, json: answer } = await call(app, 'POST', PERSON, form(sent, image));
  expect([status, answer]).toEqual([200, expect.objectContaining(RIGHTS)]);
  return app;
}

async function rightsOf(app: App): Promise<object> {
  const { json: person } = await call(app, 'GET', `${PERSON}/ada`);
  return Object.fromEntries(Object.keys(RIGHTS).flatMap(key => (key in person ? [[key, person[key]]] : [])));
}

describe('the rights of a person', () => {
  it('stand in the answers about them, also in lists and exports', async () => {
    const app = await started();
    expect(await rightsOf(app)).toEqual(RIGHTS);
    const { json: list } = await call(app, 'GET', PERSON);
    expect(list.persons[0]).toMatchObject(RIGHTS);
    const headers = { authorization: `Token ${TOKENS.admin}` };
    const exported = await app.request('/api/v1/gallery/export', { headers });
    expect(JSON.parse(await exported.text())).toMatchObject(RIGHTS);
  });

  it('are in no answer about somebody of whom none were said', async () => {
    const app = await createRestApp();
    const { json: enrolled } = await call(app, 'POST', PERSON, form({ customer_person_id: 'ada' }, image));
    for (const key of Object.keys(RIGHTS)) expect(enrolled).not.toHaveProperty(key);
    expect(await rightsOf(app)).toEqual({});
  });

  it.each([
    ['another image', 'POST', PERSON, form({ customer_person_id: 'ada' }, image)],
    ['a profile that is replaced', 'PUT', `${PERSON}/ada`, form({ first_name: 'Ada' })],
    ['a profile that is changed', 'PATCH', `${PERSON}/ada`, json({ first_name: 'Ada' })],
  ])('are left alone by %s', async (_, method, path, body) => {
    const app = await started();
    expect((await call(app, method, path, body)).status).toBe(200);
    expect(await rightsOf(app)).toEqual(RIGHTS);
  });

  it('change by what is sent of them, also alone and as JSON', async () => {
    const app = await started();
    const { status } = await call(app, 'PATCH', `${PERSON}/ada`, json({ groups: ['board'], deny: false }));
    expect(status).toBe(200);
    const { valid_from, valid_until } = RIGHTS;
    expect(await rightsOf(app)).toEqual({ groups: ['board'], valid_from, valid_until });
  });

  it.each([
    ['a form', form({ groups: '', valid_from: '', valid_until: '', deny: '' })],
    ['JSON', json({ groups: [], valid_from: null, valid_until: null, deny: null })],
  ])('go where they are sent blank by %s', async (_, body) => {
    const app = await started();
    expect((await call(app, 'PATCH', `${PERSON}/ada`, body)).status).toBe(200);
    expect(await rightsOf(app)).toEqual({});
  });

  it.each([
    ['groups', 'Staff Only'],
    ['groups', ['a/b']],
    ['groups', [1]],
    ['groups', Array.from({ length: 65 }, (_, at) => `g${at}`)],
    ['valid_from', 'tomorrow'],
    ['valid_until', '2026-02-30'],
    ['deny', 'perhaps'],
  ])('are refused where %s is %j', async (field, value) => {
    const app = await started();
    const { status, json: answer } = await call(app, 'PATCH', `${PERSON}/ada`, json({ [field]: value }));
    expect([status, answer.code]).toEqual([400, 'invalid_request']);
    expect(answer.message).toContain(field);
    expect(await rightsOf(app)).toEqual(RIGHTS);
  });

  it('are refused where they end before they begin', async () => {
    const body = json({ valid_from: '2026-02-01', valid_until: '2026-02-01' });
    const { status, json: answer } = await call(await started(), 'PATCH', `${PERSON}/ada`, body);
    expect([status, answer.message]).toEqual([400, 'valid_until must be after valid_from.']);
  });
});
