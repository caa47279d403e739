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
const imageNamed = (name: string, ending = 'jpg') =>
  expect.stringMatching(new RegExp(`^enroll/${name}_[A-Za-z0-9]{7}\\.${ending}$`));
const enroll = (app: App, id = ID, profile: Record<string, string> = {}, file: Part = image) =>
  call(app, 'POST', PERSON, clientForm([...fields({ customer_person_id: id, ...profile }), file]));

describe('enrolling a person', () => {
  it('answers exactly what the reference shows, from a file part typed multipart/form-data', async () => {
    const { status, json } = await enroll(await createRestApp(), ID, {
      first_name: 'John',
      phone: '+141524204243',
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      status: 'success',
      miicloud_person_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      customer_person_id: ID,
      first_name: 'John',
      last_name: '',
      email: '',
      phone: '+141524204243',
      bounding_box: { left_x: 38, left_y: 53, right_x: 168, right_y: 183 },
      image: imageNamed('will_smith_001'),
    });
  });

  it('takes the largest of several faces', async () => {
    const value = scriptedImage([
      { who: 1, box: [0, 0, 90, 90] },
      { who: 2, box: [100, -10, 300, 200] },
    ]);
    const { json } = await enroll(await createRestApp(), ID, {}, { ...image, value });
    expect(json.bounding_box).toEqual({ left_x: 100, left_y: -10, right_x: 300, right_y: 200 });
  });

  it('adds an image on the second call, keeps the id, overwrites what is sent and keeps what is not', async () => {
    const app = await createRestApp();
    const first = await enroll(app, ID, { first_name: 'John', last_name: 'Doe', email: 'j@example.org' });
    const second = await enroll(app, ID, { first_name: 'Johnny', email: ' ' });
    expect(second.json).toMatchObject({
      miicloud_person_id: first.json.miicloud_person_id,
      first_name: 'Johnny',
      last_name: 'Doe',
      email: '',
    });
    const { json } = await call(app, 'GET', `${PERSON}/${ID}`);
    expect(json.images).toHaveLength(2);
  });

  it('takes a JSON body with the image as base64 or as a data: URI', async () => {
    const app = await createRestApp();
    const base64 = FACE.toString('base64');
    const variants = [
      base64,
      base64.replace(/=+$/, ''),
      base64.replaceAll(/.{20}/g, '$&\r\n '),
      FACE.toString('base64url'),
      `data:image/png;base64,${base64}`,
    ];
    for (const [at, image_path] of variants.entries()) {
      const body = { customer_person_id: 1000 + at, first_name: null, phone: 123456789, image_path };
      const answer = await call(app, 'POST', PERSON, json(body));
      expect(answer.json).toMatchObject({
        status: 'success',
        customer_person_id: String(1000 + at),
        first_name: '',
        phone: '123456789',
        image: imageNamed('image'),
      });
    }
  });

  it.each([
    'input/persons/will_smith/will_smith_001.jpg',
    '/etc/passwd.',
    'http://x.example/a.jpg',
    'abcde',
    '=',
    ' ',
  ])('refuses JSON with image_path %j, which is no base64, and opens nothing', async image_path => {
    const answer = await call(
      await createRestApp(),
      'POST',
      PERSON,
      json({ customer_person_id: ID, image_path }),
    );
    expect(answer).toMatchObject({ status: 400, json: { status: 'fail', code: 'invalid_request' } });
    expect(answer.json.message).toMatch(/base64/);
  });

  it('says that a file must be sent where image_path is text alone', async () => {
    const parts = fields({ customer_person_id: ID, image_path: 'input/will_smith_001.jpg' });
    const { status, json } = await call(await createRestApp(), 'POST', PERSON, clientForm(parts));
    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 'missing_parameter', message: expect.stringContaining('file part') });
  });

  it.each([
    ['customer_person_id', [image]],
    ['image_path', fields({ customer_person_id: ID })],
    ['image_path', [...fields({ customer_person_id: ID }), { name: 'image_path', value: '', file: '' }]],
  ])('names %s where it is missing', async (name, parts) => {
    const { status, json } = await call(await createRestApp(), 'POST', PERSON, clientForm(parts));
    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 'missing_parameter', message: expect.stringContaining(name) });
  });

  it.each([
    ['no_face', 400, scriptedImage([])],
    ['low_quality', 400, scriptedImage([{ who: 1, box: [0, 0, 40, 40] }])],
    ['image_undecodable', 400, FACE.subarray(0, 9)],
    ['unsupported_media', 415, Buffer.from('GIF89a')],
  ])('refuses an image with %s', async (code, status, value) => {
    const answer = await enroll(await createRestApp(), ID, {}, { ...image, value });
    expect(answer).toMatchObject({ status, json: { status: 'fail', code } });
  });

  it.each([
    ['a file of no bytes', [...fields({ customer_person_id: ID }), { ...image, value: '' }]],
    [
      'an id sent twice',
      [...fields({ customer_person_id: ID }), ...fields({ customer_person_id: 'b' }), image],
    ],
    ['two files', [...fields({ customer_person_id: ID }), image, image]],
    ['a control character in a name', [...fields({ customer_person_id: ID, first_name: 'a\u0000b' }), image]],
    ['bytes that are not UTF-8', [{ name: 'customer_person_id', value: Buffer.from([0x61, 0xff]) }, image]],
  ])('refuses %s', async (_what, parts) => {
    const answer = await call(await createRestApp(), 'POST', PERSON, clientForm(parts));
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
  });

  it('keeps the ending jpeg, and otherwise names the image by what its bytes are', async () => {
    const app = await createRestApp();
    const png = scriptedImage([{ who: 1, box: [0, 0, 90, 90] }], 'png');
    const nameOf = async (part: Part) => (await enroll(app, ID, {}, part)).json.image;
    expect(await nameOf({ ...image, file: 'a.jpeg' })).toEqual(imageNamed('a', 'jpeg'));
    expect(await nameOf({ ...image, value: png })).toEqual(imageNamed('will_smith_001', 'png'));
  });
});

describe('reading and erasing persons', () => {
  it('gets the profile and never another customer’s', async () => {
    const app = await createRestApp();
    const enrolled = await enroll(app, ID, { last_name: 'Doe' });
    const { status, json } = await call(app, 'GET', `${PERSON}/${ID}`);
    expect(status).toBe(200);
    expect(json).toEqual({
      customer_person_id: ID,
      miicloud_person_id: enrolled.json.miicloud_person_id,
      images: [{ image: imageNamed('will_smith_001'), created: '2019-04-06T17:49:05.550801Z' }],
      first_name: '',
      last_name: 'Doe',
      email: '',
      phone: '',
    });
    const headers = { authorization: `Token ${TOKENS.other}` };
    expect((await call(app, 'GET', `${PERSON}/${ID}`, { headers })).status).toBe(404);
    expect((await call(app, 'DELETE', `${PERSON}/${ID}`, { headers })).status).toBe(404);
  });

  it('erases a person once', async () => {
    const app = await createRestApp();
    const { json } = await enroll(app);
    expect((await call(app, 'DELETE', `${PERSON}/${ID}`)).json).toEqual({
      status: 'success',
      customer_person_id: ID,
      miicloud_person_id: json.miicloud_person_id,
    });
    for (const method of ['GET', 'DELETE'])
      expect(await call(app, method, `${PERSON}/${ID}`)).toMatchObject({
        status: 404,
        json: { status: 'fail' },
      });
  });

  it('lists persons page by page and refuses a cursor it did not give', async () => {
    const app = await createRestApp();
    for (const id of ['a', 'b/ü', 'c']) await enroll(app, id);
    const first = await call(app, 'GET', `${PERSON}?limit=2`);
    expect(
      first.json.persons.map((person: { customer_person_id: string }) => person.customer_person_id),
    ).toEqual(['a', 'b/ü']);
    const second = await call(app, 'GET', `${PERSON}?limit=2&cursor=${first.json.next_cursor}`);
    expect(second.json.persons).toHaveLength(1);
    expect(second.json).not.toHaveProperty('next_cursor');
    for (const query of [
      'cursor=!',
      'cursor=',
      'cursor=YQ==',
      'cursor=_w',
      'limit=0',
      'limit=1001',
      'limit=x',
    ])
      expect((await call(app, 'GET', `${PERSON}?${query}`)).json).toMatchObject({ code: 'invalid_request' });
  });
});
