import { describe, expect, it } from 'vitest';
import { call, clientForm, createRestApp } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const FACE = scriptedImage([{ who: 1, box: [38.4, 53.2, 168.4, 183.4] }]);
const image = (bytes = FACE, file = 'will_smith_001.jpg') => ({ name: 'image_path', value: bytes, file });
const field = (name: string, value: string) => ({ name, value });
const enroll = (app: ReturnType<typeof createRestApp>, id: string, fields: Record<string, string> = {}) =>
  call(
    app,
    'POST',
    '/miicloud/person',
    clientForm([
      field('customer_person_id', id),
      ...Object.entries(fields).map(([name, value]) => field(name, value)),
      image(),
    ]),
  );

describe('enrolling', () => {
  it('answers exactly what the reference shows, from a file part typed multipart/form-data', async () => {
    const app = createRestApp();
    const { status, json } = await enroll(app, '5712f5242cf956c7c1d248e89', {
      first_name: 'John',
      phone: '+141524204243',
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      status: 'success',
      miicloud_person_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      customer_person_id: '5712f5242cf956c7c1d248e89',
      first_name: 'John',
      last_name: '',
      email: '',
      phone: '+141524204243',
      bounding_box: { left_x: 38, left_y: 53, right_x: 168, right_y: 183 },
      image: 'enroll/will_smith_001_abc1234.jpg',
    });
  });
});
