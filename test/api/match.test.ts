import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../support/memory-store.ts';
import { call, clientForm, createRestApp, openScriptedGallery } from '../support/rest-clients/rest-app.ts';
import { type ScriptedFace, scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const MATCH = '/miicloud/match_faces';
const photo = (...faces: ScriptedFace[]) => ({
  name: 'image_path',
  value: scriptedImage(faces),
  file: 'test_001.jpg',
});
const text = (name: string, value: string) => ({ name, value });

async function galleryOfTwo(overrides: Parameters<typeof createRestApp>[0] = {}) {
  const app = await createRestApp(overrides);
  const ids: string[] = [];
  for (const who of [1, 2]) {
    const form = clientForm([text('customer_person_id', `p${who}`), photo({ who, box: [0, 0, 100, 100] })]);
    ids.push((await call(app, 'POST', '/miicloud/person', form)).json.miicloud_person_id);
  }
  return { app, ids };
}

describe('matching faces', () => {
  it('finds every face, largest first, with integer boxes that may lie outside the image', async () => {
    const { app, ids } = await galleryOfTwo();
    const form = clientForm([
      photo(
        { who: 9, box: [414.2, -30.6, 638, 218] },
        { who: 2, box: [98, -44, 420, 314] },
        { who: 1, box: [0, 0, 20.4, 20] },
      ),
    ]);
    const { status, json } = await call(app, 'POST', MATCH, form);
    expect(status).toBe(200);
    expect(json).toEqual({
      faces: [
        {
          match_status: 'known',
          bounding_box: { left_x: 98, left_y: -44, right_x: 420, right_y: 314 },
          match_confidence: 1,
          miicloud_person_id: ids[1],
          customer_person_id: 'p2',
        },
        {
          match_status: 'unknown',
          bounding_box: { left_x: 414, left_y: -31, right_x: 638, right_y: 218 },
          match_confidence: 0,
        },
        {
          match_status: 'known',
          bounding_box: { left_x: 0, left_y: 0, right_x: 20, right_y: 20 },
          match_confidence: 1,
          miicloud_person_id: ids[0],
          customer_person_id: 'p1',
        },
      ],
    });
  });

  it('does not name who is deleted while other faces are searched for', async () => {
    const gallery = await openScriptedGallery(createMemoryStore());
    let searches = 0;
    const { app } = await galleryOfTwo({
      gallery: {
        ...gallery,
        search: async (...probe) => {
          const match = await gallery.search(...probe);
          if (++searches === 2) await gallery.remove('acme', 'p1');
          return match;
        },
      },
    });
    const form = clientForm([photo({ who: 1, box: [0, 0, 90, 90] }, { who: 2, box: [0, 0, 9, 9] })]);
    const { json } = await call(app, 'POST', MATCH, form);
    expect(json.faces).toMatchObject([{ match_status: 'unknown' }, { customer_person_id: 'p2' }]);
  });

  it('uses the file and ignores the text of the same name before it, as the sample client sends them', async () => {
    const { app } = await galleryOfTwo();
    const form = clientForm([
      text('image_path', 'input/test_images/test_001.jpg'),
      photo({ who: 1, box: [0, 0, 9, 9] }),
    ]);
    expect((await call(app, 'POST', `${MATCH}/`, form)).json.faces).toMatchObject([
      { customer_person_id: 'p1' },
    ]);
  });

  it('answers [] where no face is found', async () => {
    expect(await call(await createRestApp(), 'POST', MATCH, clientForm([photo()]))).toMatchObject({
      status: 200,
      json: { faces: [] },
    });
  });

  it('compares only the person named: another person’s face is unknown', async () => {
    const { app } = await galleryOfTwo();
    const verify = async (id: string, who: number) => {
      const form = clientForm([photo({ who, box: [0, 0, 9, 9] }), text('customer_person_id', id)]);
      return (await call(app, 'POST', MATCH, form)).json.faces[0].match_status;
    };
    expect(await verify('p1', 1)).toBe('known');
    expect(await verify('p1', 2)).toBe('unknown');
  });

  it('answers 404 for an unknown id before any analysis, and 400 for a blank one rather than search everyone', async () => {
    const app = await createRestApp({ analyze: () => Promise.reject(new Error('must not be called')) });
    const verify = (id: string) =>
      call(app, 'POST', MATCH, clientForm([photo(), text('customer_person_id', id)]));
    expect(await verify('nobody')).toMatchObject({ status: 404, json: { code: 'person_not_found' } });
    expect(await verify('')).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
  });

  it('says that a file must be sent where image_path is text alone or nothing', async () => {
    for (const parts of [[text('image_path', '/etc/passwd')], []])
      expect(
        await call(await createRestApp(), 'POST', MATCH, clientForm([text('x', 'y'), ...parts])),
      ).toMatchObject({
        status: 400,
        json: { code: 'missing_parameter', message: expect.stringContaining('file') },
      });
  });

  it('keeps match_confidence within (0,1]', async () => {
    for (const [similarity, confidence] of [
      [1.0000001, 1],
      [0.6426461754214432, 0.6426461754214432],
    ]) {
      const { app } = await galleryOfTwo({
        decide: ({ best }) => best && { ...best, similarity: similarity! },
      });
      const { json } = await call(app, 'POST', MATCH, clientForm([photo({ who: 1, box: [0, 0, 9, 9] })]));
      expect(json.faces[0].match_confidence).toBe(confidence);
    }
  });
});
