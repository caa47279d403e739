import { describe, expect, it } from 'vitest';
import { createGalleryAuditor } from '../../src/gallery/audit.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { enrollmentPolicy } from '../support/people.ts';
import {
  call,
  clientForm,
  createRestApp,
  openScriptedGallery,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const AUDIT = '/api/v1/gallery/audit';
const as = (role: keyof typeof TOKENS) => ({ headers: { authorization: `Token ${TOKENS[role]}` } });

async function appWithTwins() {
  const gallery = await openScriptedGallery(createMemoryStore());
  const auditor = createGalleryAuditor({ gallery, ...enrollmentPolicy(), minNorm: 2.8 });
  const app = await createRestApp({ gallery, audit: auditor.audit });
  for (const customer_person_id of ['ada', 'bob'])
    await call(
      app,
      'POST',
      '/miicloud/person',
      clientForm([
        { name: 'customer_person_id', value: customer_person_id },
        { name: 'image_path', value: scriptedImage([{ who: 1, box: [0, 0, 90, 90] }]), file: 'a.jpg' },
      ]),
    );
  return app;
}

describe('the audit over REST', () => {
  it('names persons who look alike, to an operator of their customer', async () => {
    const app = await appWithTwins();
    const { status, json } = await call(app, 'GET', AUDIT, as('operator'));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      exact: true,
      persons: 2,
      templates: 2,
      confusable: { total: 1, worst: [{ customer_person_ids: ['ada', 'bob'], similarity: 1 }] },
    });
    expect(json).not.toHaveProperty('far');
    expect((await call(app, 'GET', AUDIT, as('other'))).json).toMatchObject({ persons: 0 });
  });

  it('measures the gallery against itself only where asked', async () => {
    const app = await appWithTwins();
    const { json } = await call(app, 'GET', `${AUDIT}?far=true`);
    expect(json.far.strangers).toMatchObject({ comparisons: 1, max: 1, images_above_threshold: 2 });
    expect((await call(app, 'GET', `${AUDIT}?far=false`)).json).not.toHaveProperty('far');
    expect(await call(app, 'GET', `${AUDIT}?far=maybe`)).toMatchObject({
      status: 400,
      json: { message: 'far must be true or false.' },
    });
  });

  it('tells no vectors', async () => {
    const { json } = await call(await appWithTwins(), 'GET', `${AUDIT}?far=true`);
    const longest = (value: unknown): number =>
      typeof value !== 'object' || value === null
        ? 0
        : Math.max(
            Array.isArray(value) && value.every(each => typeof each === 'number') ? value.length : 0,
            ...Object.values(value).map(longest),
          );
    expect(longest(json)).toBe(0);
  });

  it('is refused to a reader, and while another runs', async () => {
    const app = await appWithTwins();
    expect((await call(app, 'GET', AUDIT, as('reader'))).status).toBe(403);
    const [first, second] = await Promise.all([call(app, 'GET', AUDIT), call(app, 'GET', AUDIT)]);
    expect(first.status).toBe(200);
    expect(second).toMatchObject({ status: 503, json: { code: 'overloaded' } });
    expect(second.response.headers.get('retry-after')).toBe('10');
  });
});
