import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../support/memory-store.ts';
import { newPersonChange } from '../support/people.ts';
import { type PastEvents, pastEvents } from '../support/rest-clients/past-events.ts';
import { call, createRestApp, ledgerOf, TOKENS } from '../support/rest-clients/rest-app.ts';

const JPEG = Buffer.from('a JPEG');
const ada = newPersonChange('ada');

let app: Awaited<ReturnType<typeof createRestApp>>;
let past: PastEvents;
let store: ReturnType<typeof createMemoryStore>;
beforeEach(async () => {
  store = createMemoryStore();
  await store.apply(ada);
  past = pastEvents(store);
  const snapshots = { read: async (seq: number) => store.snapshots.get(seq) };
  app = await createRestApp({ history: past.history, snapshots, ledger: ledgerOf(store) });
  await past.add({}, ada.person);
  await past.add();
  await past.add({ customer: 'other' });
  for (const seq of [1, 3]) await store.snapshots.put(seq, JPEG);
});

const ask = (seq: string, token: keyof typeof TOKENS = 'operator', method = 'GET') =>
  app.request(`/api/v1/events/${seq}/snapshot.jpg`, {
    method,
    headers: { authorization: `Token ${TOKENS[token]}` },
  });
const refusal = async (seq: string, token?: keyof typeof TOKENS) => {
  const answer = await ask(seq, token);
  return [answer.status, ((await answer.json()) as { code: string }).code];
};
const acts = () =>
  store.audit.page({ customerId: 'acme', after: 0, limit: 99 }).entries.filter(({ act }) => /view/.test(act));

describe('the snapshot of an event', () => {
  it('is its JPEG, which no cache may keep, and who looked is written down', async () => {
    const answer = await ask('1');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'image/jpeg',
      'no-store',
    ]);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(JPEG);
    expect(acts()).toMatchObject([{ act: 'snapshot.view', details: { seq: 1 } }]);
    expect(acts()[0].persons).toHaveLength(1);
  });

  it('can be asked for without being looked at', async () => {
    const answer = await ask('1', 'operator', 'HEAD');
    expect([answer.status, await answer.text(), acts()]).toEqual([200, '', []]);
  });

  it('is not for readers, and not for another customer', async () => {
    expect(await refusal('1', 'reader')).toEqual([403, 'forbidden']);
    expect(await refusal('3')).toEqual([404, 'not_found']);
    expect((await ask('3', 'other')).status).toBe(200);
  });

  it('is not found where none is kept, or there is no such event', async () => {
    expect(await refusal('2')).toEqual([404, 'snapshot_not_found']);
    for (const seq of ['0', '4', '999999999999999']) expect(await refusal(seq)).toEqual([404, 'not_found']);
    for (const seq of ['-1', 'x', '1e3']) expect(await refusal(seq)).toEqual([400, 'invalid_request']);
    expect(acts()).toEqual([]);
  });

  it('is gone with the person whom the event names', async () => {
    expect((await call(app, 'GET', '/api/v1/events/1/snapshot.jpg')).status).toBe(200);
    await store.apply({ kind: 'delete_person', opId: 'gone', at: 1, personId: ada.person.id });
    expect(await refusal('1')).toEqual([404, 'not_found']);
  });
});
