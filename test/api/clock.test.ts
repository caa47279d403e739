import { describe, expect, it } from 'vitest';
import type { LedgerAct } from '../../src/api/ledger.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { call, createRestApp, ledgerOf, NOW, TOKENS } from '../support/rest-clients/rest-app.ts';

const as = (role: keyof typeof TOKENS) => ({ headers: { authorization: `Token ${TOKENS[role]}` } });

describe('the clock', () => {
  const started = async () => {
    const acts: LedgerAct[] = [];
    let doubt: string | undefined = 'behind';
    const app = await createRestApp({
      ledger: { ...ledgerOf(createMemoryStore()), note: act => void acts.push(act) },
      clock: {
        doubt: () => doubt,
        hasLeapt: () => doubt !== undefined,
        settle: async () => {
          doubt = undefined;
        },
      },
    });
    return { app, acts };
  };

  it('that is in doubt stands in the status, until an administrator confirms it, which is written down', async () => {
    const { app, acts } = await started();
    const status = async () => (await call(app, 'GET', '/api/v1/status', as('reader'))).json;
    expect(await status()).toMatchObject({ clock: { believed: false, doubt: 'behind', leapt: true } });
    const { status: code, json } = await call(app, 'POST', '/api/v1/clock/confirm', as('admin'));
    expect([code, json]).toEqual([
      200,
      { status: 'success', time: new Date(NOW).toISOString(), clock: { believed: true, leapt: false } },
    ]);
    expect(await status()).toMatchObject({ clock: { believed: true, leapt: false } });
    expect(acts).toEqual([{ at: NOW, act: 'clock.confirm', by: expect.any(String), customerId: 'acme' }]);
  });

  it('is confirmed by nobody else', async () => {
    const { app, acts } = await started();
    expect((await call(app, 'POST', '/api/v1/clock/confirm', as('operator'))).status).toBe(403);
    expect(acts).toEqual([]);
  });
});
