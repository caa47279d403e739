import { describe, expect, it } from 'vitest';
import { FacegateError } from '../../src/domain/errors.ts';
import { call, clientForm, createRestApp, type Part } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

type App = Awaited<ReturnType<typeof createRestApp>>;

const PERSON = '/miicloud/person';
const photoOf = (who: number) => scriptedImage([{ who, box: [0, 0, 100, 100] }]);
const formOf = (who: number, fields: Record<string, string>) => {
  const parts: Part[] = Object.entries(fields).map(([name, value]) => ({ name, value }));
  return clientForm([...parts, { name: 'image_path', value: photoOf(who), file: 'a.jpg' }]);
};
const enroll = (app: App, id: string, who: number, fields: Record<string, string> = {}) =>
  call(app, 'POST', PERSON, formOf(who, { customer_person_id: id, ...fields }));
const json = (value: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
const CONFLICT = { code: 'face_conflict', customer_person_id: 'ada', similarity: 1 };

describe('a face that belongs to another person', () => {
  it('is enrolled with a warning that names the other; where all is well there is no such field', async () => {
    const app = await createRestApp();
    expect((await enroll(app, 'ada', 1)).json).not.toHaveProperty('warnings');
    const { status, json } = await enroll(app, 'bob', 1);
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'success', warnings: [CONFLICT] });
  });

  it.each([
    ['a form', formOf(1, { customer_person_id: 'bob', check_duplicates: 'true' })],
    [
      'JSON',
      json({ customer_person_id: 'bob', check_duplicates: true, image_path: photoOf(1).toString('base64') }),
    ],
  ])('is answered 409 where %s asks for the check, and not enrolled', async (_what, request) => {
    const app = await createRestApp();
    await enroll(app, 'ada', 1);
    const { status, json } = await call(app, 'POST', PERSON, request);
    expect(status).toBe(409);
    expect(json).toEqual({ status: 'fail', message: expect.stringContaining('"ada"'), ...CONFLICT });
    expect((await call(app, 'GET', `${PERSON}/bob`)).status).toBe(404);
  });

  it.each(['PUT', 'PATCH'])('is found in an update by %s as well', async method => {
    const app = await createRestApp();
    await enroll(app, 'ada', 1);
    await enroll(app, 'bob', 2);
    const update = (fields: Record<string, string>) => call(app, method, `${PERSON}/bob`, formOf(1, fields));
    expect(await update({ check_duplicates: 'true' })).toMatchObject({ status: 409, json: CONFLICT });
    expect((await update({ check_duplicates: 'false' })).json.warnings).toEqual([
      CONFLICT,
      { code: 'unlike_own_images', similarity: 0 },
    ]);
  });

  it.each(['yes', '1', 'TRUE'])('is not checked by a word that is neither true nor false: %s', async word => {
    const answer = await enroll(await createRestApp(), 'ada', 1, { check_duplicates: word });
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'invalid_request', message: 'check_duplicates must be true or false.' },
    });
  });
});

describe('the body of a refusal', () => {
  it('tells the reason why a face is not good enough, and nothing else of the details', async () => {
    const app = await createRestApp({
      chooseFace: () => {
        throw new FacegateError('low_quality', 'The face is blurred; send a sharp photo.', {
          details: { reason: 'blurred', internal: 'secret' },
        });
      },
    });
    expect((await enroll(app, 'ada', 1)).json).toEqual({
      status: 'fail',
      code: 'low_quality',
      message: 'The face is blurred; send a sharp photo.',
      reason: 'blurred',
    });
  });
});
