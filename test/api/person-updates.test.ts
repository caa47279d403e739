import { describe, expect, it } from 'vitest';
import { call, clientForm, createRestApp, type Part, TOKENS } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

type App = Awaited<ReturnType<typeof createRestApp>>;

const PERSON = '/miicloud/person';
const ID = '5712f5242cf956c7c1d248e89';
const FACE = scriptedImage([{ who: 1, box: [38.4, 53.2, 168.4, 183.4] }]);
const image: Part = { name: 'image_path', value: FACE, file: 'will_smith_001.jpg' };
const fields = (record: Record<string, string>): Part[] =>
  Object.entries(record).map(([name, value]) => ({ name, value }));
const json = (value: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
const urlencoded = (body: string) => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
});
const imageNamed = (name: string, ending = 'jpg') =>
  expect.stringMatching(new RegExp(`^enroll/${name}_[A-Za-z0-9]{7}\\.${ending}$`));
const enroll = (app: App, id = ID, profile: Record<string, string> = {}, file: Part = image) =>
  call(app, 'POST', PERSON, clientForm([...fields({ customer_person_id: id, ...profile }), file]));

describe('updating a person', () => {
  const started = async () => {
    const app = await createRestApp();
    await enroll(app, ID, { first_name: 'John', last_name: 'Doe', email: 'j@example.org', phone: '1' });
    return app;
  };

  it('replaces the profile by PUT: what is blank or left out is removed', async () => {
    const app = await started();
    const body = clientForm(fields({ first_name: 'Jim', email: '' }));
    const { status, json } = await call(app, 'PUT', `${PERSON}/${ID}`, body);
    expect(status).toBe(200);
    expect(json).toEqual({
      status: 'success',
      miicloud_person_id: expect.any(String),
      customer_person_id: ID,
      first_name: 'Jim',
      last_name: '',
      email: '',
      phone: '',
      images: [{ image: imageNamed('will_smith_001'), created: '2019-04-06T17:49:05.550801Z' }],
    });
  });

  it('changes by PATCH only what is sent, and clears what is sent blank', async () => {
    const app = await started();
    const { json } = await call(
      app,
      'PATCH',
      `${PERSON}/${ID}`,
      urlencoded('first_name=J%C3%BCrgen+A&email='),
    );
    expect(json).toMatchObject({ first_name: 'Jürgen A', last_name: 'Doe', email: '', phone: '1' });
  });

  it('adds an image where one is sent: its box, and the images newest first', async () => {
    const app = await started();
    const file = { ...image, file: 'second.jpg' };
    const { json } = await call(
      app,
      'PUT',
      PERSON,
      clientForm([...fields({ customer_person_id: ID }), file]),
    );
    expect(json.bounding_box).toEqual({ left_x: 38, left_y: 53, right_x: 168, right_y: 183 });
    expect(json.images).toEqual([
      { image: imageNamed('second'), created: '2019-04-06T17:49:05.550802Z' },
      { image: imageNamed('will_smith_001'), created: '2019-04-06T17:49:05.550801Z' },
    ]);
  });

  it('takes the id from the form, the JSON or the path, and refuses two that differ', async () => {
    const app = await started();
    const body = json({ customer_person_id: ID, first_name: 'Jim' });
    expect((await call(app, 'PUT', PERSON, body)).status).toBe(200);
    expect((await call(app, 'PUT', `${PERSON}/${ID}/`, body)).status).toBe(200);
    await enroll(app, 'b');
    const answer = await call(app, 'PUT', `${PERSON}/b`, body);
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect((await call(app, 'PUT', PERSON, json({ first_name: 'Jim' }))).json.code).toBe('missing_parameter');
  });

  it('refuses a body without anything to set rather than blank the profile', async () => {
    const app = await started();
    for (const init of [{}, json({}), clientForm(fields({ unheard_of: 'x' }))])
      expect(await call(app, 'PUT', `${PERSON}/${ID}`, init)).toMatchObject({
        status: 400,
        json: { code: 'missing_parameter' },
      });
    expect((await call(app, 'GET', `${PERSON}/${ID}`)).json.first_name).toBe('John');
  });

  it('answers 404 for nobody without an analysis, and before the body is read where the path names the person', async () => {
    let pulled = 0;
    const app = await createRestApp({ analyze: () => Promise.reject(new Error('must not be called')) });
    const unknown = clientForm([...fields({ customer_person_id: 'nobody' }), image]);
    expect(await call(app, 'PUT', PERSON, unknown)).toMatchObject({
      status: 404,
      json: { status: 'fail', code: 'person_not_found' },
    });
    const body = new ReadableStream({ pull: () => void pulled++ }, { highWaterMark: 0 });
    const init = { method: 'PUT', body, duplex: 'half', headers: { authorization: `Token ${TOKENS.admin}` } };
    expect((await app.request(`${PERSON}/nobody`, init as RequestInit)).status).toBe(404);
    expect(pulled).toBe(0);
  });
});
