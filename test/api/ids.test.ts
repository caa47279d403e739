import { describe, expect, it } from 'vitest';
import { attackIds } from '../support/id-attacks.ts';
import { call, createRestApp } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const image_path = scriptedImage([{ who: 1, box: [0, 0, 100, 100] }]).toString('base64');
const enroll = (app: Awaited<ReturnType<typeof createRestApp>>, id: string) =>
  call(app, 'POST', '/miicloud/person', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_person_id: id, image_path }),
  });

describe('a customer_person_id', () => {
  it.each([
    '../../etc/passwd',
    'a/b',
    '..%5c',
    '%2e%2e%2f',
    '__proto__',
    'constructor',
    ' leading and trailing ',
    'a+b&c=d?e#f;g',
    'm\u00fcller',
    'mu\u0308ller',
    '\u202eright to left',
    '\u{1f600}'.repeat(64),
  ])('comes back exactly as it was sent: %j', async id => {
    const app = await createRestApp();
    expect((await enroll(app, id)).json.customer_person_id).toBe(id);
    const answer = await call(app, 'GET', `/miicloud/person/${encodeURIComponent(id)}`);
    expect(answer.json.customer_person_id).toBe(id);
    expect((await call(app, 'DELETE', `/miicloud/person/${encodeURIComponent(id)}/`)).status).toBe(200);
  });

  it.each([
    ['', 'blank'],
    ['  ', 'blank'],
    ['.', '"."'],
    ['..', '".."'],
    ['x'.repeat(129), '128'],
    ['\u{1f600}'.repeat(65), '128'],
    ['a\u0000b', 'control'],
    ['a\r\nb', 'control'],
    ['\ud800', 'UTF-8'],
    ['\ufffd', 'UTF-8'],
  ])('is refused with the reason: %j', async (id, reason) => {
    const { status, json } = await enroll(await createRestApp(), id);
    expect(status).toBe(400);
    expect(json.message).toContain(`customer_person_id`);
    expect(json.message).toContain(reason);
  });

  it('in a path must be well-formed percent-encoded UTF-8', async () => {
    for (const encoded of ['%', '%zz', '%e0%a4', '%ff', '%00'])
      expect(await call(await createRestApp(), 'GET', `/miicloud/person/${encoded}`)).toMatchObject({
        status: 400,
        json: { code: 'invalid_request' },
      });
  });

  it('of any text, in a body or a path, is refused or keeps its person', () => attackIds(300), 60_000);
});
