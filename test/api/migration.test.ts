import { describe, expect, it } from 'vitest';
import type { MigrationProgress } from '../../src/api/dependencies.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import {
  call,
  clientForm,
  createRestApp,
  openScriptedGallery,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const ADA = scriptedImage([{ who: 1, box: [0, 0, 100, 100] }]);

describe('the migration over REST', () => {
  it('begins for the customer of the token, and tells how far it is', async () => {
    const started: string[] = [];
    const progress: MigrationProgress = {
      state: 'failed',
      reason: 'It stopped.',
      persons: { done: 1, total: 2 },
      templates: { migrated: 3, notKept: 4, unreadable: 5, refused: 6 },
      needsEnrollment: 7,
    };
    const migration = {
      start: (customerId: string) => {
        started.push(customerId);
        return { ...progress, state: 'running' as const };
      },
      status: () => progress,
    };
    const app = await createRestApp({ migration });
    const begun = await call(app, 'POST', '/api/v1/gallery/migrate', {
      headers: { authorization: `Token ${TOKENS.other}` },
    });
    expect(begun).toMatchObject({ status: 202, json: { status: 'success', state: 'running' } });
    expect(started).toEqual(['other']);
    const { json } = await call(app, 'GET', '/api/v1/gallery/migrate');
    expect(json).toEqual({
      status: 'success',
      state: 'failed',
      reason: 'It stopped.',
      persons: { done: 1, total: 2 },
      templates: { migrated: 3, not_kept: 4, unreadable: 5, refused: 6 },
      needs_enrollment: 7,
    });
  });
});

describe('an enrolled image', () => {
  it.each([true, false])('is kept only where the configuration says so: %s', async keepImages => {
    const store = createMemoryStore();
    const gallery = await openScriptedGallery(store);
    const app = await createRestApp({ gallery, keepImages });
    const bytes = ADA;
    const form = clientForm([
      { name: 'customer_person_id', value: 'ada' },
      { name: 'image_path', value: bytes, file: 'ada.jpg' },
    ]);
    expect((await call(app, 'POST', '/miicloud/person', form)).status).toBe(200);
    expect(store.images.count()).toBe(keepImages ? 1 : 0);
    const person = gallery.find('acme', 'ada')!;
    const kept = store.images.get(person.id, person.images[0].templateId);
    expect(kept && Buffer.from(kept)).toEqual(keepImages ? Buffer.from(bytes) : undefined);
  });

  it('of a person whom no search can find is told with the person', async () => {
    const gallery = await openScriptedGallery(createMemoryStore());
    const app = await createRestApp({ gallery: { ...gallery, needsEnrollment: () => true } });
    const form = clientForm([
      { name: 'customer_person_id', value: 'ada' },
      { name: 'image_path', value: ADA, file: 'ada.jpg' },
    ]);
    await call(app, 'POST', '/miicloud/person', form);
    const { json } = await call(app, 'GET', '/miicloud/person');
    expect(json.persons).toMatchObject([{ customer_person_id: 'ada', needs_enrollment: true }]);
    const usual = await createRestApp({ gallery });
    expect((await call(usual, 'GET', '/miicloud/person/ada')).json).not.toHaveProperty('needs_enrollment');
  });
});
