import { describe, expect, it } from 'vitest';
import type { LedgerAct } from '../../src/api/ledger.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import {
  call,
  clientForm,
  createRestApp,
  ledgerOf,
  NOW,
  type Part,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const PATH = '/api/v1/doors/main/test';
const image = (faces: Parameters<typeof scriptedImage>[0]): Part => ({
  name: 'image_path',
  value: scriptedImage(faces),
  file: 'visitor.jpg',
});
const VISITOR = image([
  { who: 2, box: [0, 0, 90, 90] },
  { who: 1, box: [100, 100, 300, 300] },
]);

/** An app with a door `main` of acme, which lets in whom it is asked about; and what was written down. */
async function started() {
  const acts: LedgerAct[] = [];
  const app = await createRestApp({
    ledger: { ...ledgerOf(createMemoryStore()), note: act => void acts.push(act) },
    doors: {
      has: (customerId, id) => customerId === 'acme' && id === 'main',
      tryFace: async () => ({
        decision: 'grant',
        explanation: 'ada would be let in.',
        customerPersonId: 'ada',
        similarity: 0.8,
        threshold: 0.5,
        margin: 0.3,
      }),
    },
  });
  return { app, acts };
}

describe('the test of a door', () => {
  it('answers for the largest face what would be decided and why, and is written down', async () => {
    const { app, acts } = await started();
    const { status, json } = await call(app, 'POST', PATH, clientForm([VISITOR]));
    expect([status, json]).toEqual([
      200,
      {
        status: 'success',
        door: 'main',
        decision: 'grant',
        explanation: 'ada would be let in.',
        customer_person_id: 'ada',
        similarity: 0.8,
        threshold: 0.5,
        margin: 0.3,
        bounding_box: { left_x: 100, left_y: 100, right_x: 300, right_y: 300 },
      },
    ]);
    expect(acts).toEqual([
      {
        at: NOW,
        act: 'door.test',
        by: expect.any(String),
        customerId: 'acme',
        customerPersonIds: ['ada'],
        details: { door: 'main', decision: 'grant' },
      },
    ]);
  });

  it.each([
    ['no such door', '/api/v1/doors/side/test', TOKENS.admin, [VISITOR], 404, 'not_found'],
    ['a door of another customer', PATH, TOKENS.other, [VISITOR], 404, 'not_found'],
    ['a token that may only read', PATH, TOKENS.reader, [VISITOR], 403, 'forbidden'],
    ['no image', PATH, TOKENS.admin, [{ name: 'first_name', value: 'x' }], 400, 'missing_parameter'],
    ['no face', PATH, TOKENS.admin, [image([])], 400, 'no_face'],
  ])('is refused for %s', async (_, path, token, parts, status, code) => {
    const { app, acts } = await started();
    const form = clientForm(parts);
    const headers = { ...form.headers, authorization: `Token ${token}` };
    expect(await call(app, 'POST', path, { ...form, headers })).toMatchObject({ status, json: { code } });
    expect(acts).toEqual([]);
  });
});
