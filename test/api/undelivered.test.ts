import { beforeEach, describe, expect, it } from 'vitest';
import type { LedgerAct } from '../../src/api/ledger.ts';
import type { ApiUndelivered } from '../../src/api/undelivered.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import {
  call,
  createRestApp,
  ledgerOf,
  NO_DELIVERIES,
  NOW,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';

const PATH = '/api/v1/webhooks/undelivered';
const as = (role: keyof typeof TOKENS) => ({ headers: { authorization: `Token ${TOKENS[role]}` } });
const post = (seq: number, customer = 'acme'): ApiUndelivered => ({
  seq,
  event_id: `event-${seq}`,
  door: 'main',
  customer,
  decision: 'deny',
  given_up_at: '2026-01-01T00:00:00.000Z',
  attempts: 3,
  failure: 'HTTP 503',
});

describe('decisions that no webhook took', () => {
  let kept: ApiUndelivered[];
  let acts: LedgerAct[];
  let app: Awaited<ReturnType<typeof createRestApp>>;
  beforeEach(async () => {
    kept = [post(1), post(2), post(3, 'other')];
    acts = [];
    app = await createRestApp({
      ledger: { ...ledgerOf(createMemoryStore()), note: act => void acts.push(act) },
      deliveries: {
        ...NO_DELIVERIES,
        undelivered: () => kept,
        forget: async seqs => {
          const before = kept.length;
          kept = kept.filter(({ seq }) => !seqs.includes(seq));
          return before - kept.length;
        },
      },
    });
  });
  const seqs = () => kept.map(({ seq }) => seq);

  it('are listed to an operator of their customer', async () => {
    const { status, json } = await call(app, 'GET', PATH, as('operator'));
    const { customer: _customer, ...first } = post(1);
    expect([status, json]).toEqual([
      200,
      { undelivered: [first, { ...first, seq: 2, event_id: 'event-2' }] },
    ]);
    expect((await call(app, 'GET', PATH, as('reader'))).status).toBe(403);
  });

  it('are forgotten one by one, or all of a customer, by an administrator, which is written down', async () => {
    expect((await call(app, 'DELETE', `${PATH}/1`, as('operator'))).status).toBe(403);
    expect((await call(app, 'DELETE', `${PATH}/1`, as('admin'))).json).toEqual({
      status: 'success',
      forgotten: 1,
    });
    expect(seqs()).toEqual([2, 3]);
    expect((await call(app, 'DELETE', PATH, as('admin'))).json).toMatchObject({ forgotten: 1 });
    expect(seqs()).toEqual([3]);
    expect((await call(app, 'DELETE', PATH, as('admin'))).json).toMatchObject({ forgotten: 0 });
    const act = { at: NOW, act: 'webhook.forget', by: expect.any(String), customerId: 'acme' };
    expect(acts).toEqual([
      { ...act, details: { forgotten: 1 } },
      { ...act, details: { forgotten: 1 } },
    ]);
  });

  it('of another customer are as good as not there', async () => {
    expect(await call(app, 'DELETE', `${PATH}/3`, as('admin'))).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    });
    expect((await call(app, 'DELETE', `${PATH}/x`, as('admin'))).status).toBe(400);
    expect(seqs()).toEqual([1, 2, 3]);
  });
});
