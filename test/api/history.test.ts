import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../support/memory-store.ts';
import { type PastEvents, pastEvents } from '../support/rest-clients/past-events.ts';
import {
  call,
  clientForm,
  createRestApp,
  ledgerOf,
  openScriptedGallery,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const EVENTS = '/api/v1/events';
const LINES = { accept: 'application/x-ndjson' };
type App = Awaited<ReturnType<typeof createRestApp>>;
interface Answer {
  readonly events: { seq: number }[];
  readonly next?: number;
}

let app: App;
let past: PastEvents;
let store: ReturnType<typeof createMemoryStore>;
beforeEach(async () => {
  store = createMemoryStore();
  past = pastEvents(store);
  const gallery = await openScriptedGallery(store);
  app = await createRestApp({ gallery, history: past.history, ledger: ledgerOf(store) });
});

const ask = async (query = '', headers: Record<string, string> = {}) => {
  const { status, json } = await call(app, 'GET', `${EVENTS}${query}`, { headers });
  expect({ status, json }).toMatchObject({ status: 200 });
  const { events, next } = json as Answer;
  return [events.map(({ seq }) => seq), next];
};
const lines = async (query = '', role: keyof typeof TOKENS = 'operator') => {
  const headers = { authorization: `Token ${TOKENS[role]}`, ...LINES };
  const answer = await app.request(`${EVENTS}${query}`, { headers });
  const text = await answer.text();
  const rows = text.split('\n').slice(0, -1);
  return { answer, text, seqs: rows.map(row => (JSON.parse(row) as { seq: number }).seq) };
};
const enroll = async (customerPersonId: string) => {
  const value = scriptedImage([{ who: customerPersonId.length, box: [38, 53, 168, 183] }]);
  const form = clientForm([
    { name: 'customer_person_id', value: customerPersonId },
    { name: 'image_path', value, file: 'a.jpg' },
  ]);
  await call(app, 'POST', '/miicloud/person', form);
  return store.persons.find('acme', customerPersonId)!;
};

describe('the history of events', () => {
  it('gives events as they were, the oldest first, page by page', async () => {
    for (let i = 0; i < 5; i++) await past.add();
    const { json } = await call(app, 'GET', EVENTS);
    expect(json).toEqual({ events: store.outbox.read(0, 10) });
    expect(await ask('?limit=2')).toEqual([[1, 2], 2]);
    expect(await ask('?limit=2&after=2')).toEqual([[3, 4], 4]);
    expect(await ask('?limit=2&after=4')).toEqual([[5], undefined]);
    expect(await ask('?after=5')).toEqual([[], undefined]);
  });

  it('shows a customer no event of another', async () => {
    for (const customer of ['acme', 'other', 'acme']) await past.add({ customer });
    expect(await ask()).toEqual([[1, 3], undefined]);
    expect(await ask('', { authorization: `Token ${TOKENS.other}` })).toEqual([[2], undefined]);
    expect((await lines('', 'other')).seqs).toEqual([2]);
  });

  it('can be asked for one type, one camera or one person', async () => {
    const ada = await enroll('ada');
    const carl = await enroll('carl');
    await past.add({ camera: 'gate' });
    await past.add({}, ada);
    await past.add({ camera: 'gate' }, carl);
    await past.add({ camera: 'gate' }, ada);
    expect(await ask('?type=person_seen')).toEqual([[2, 3, 4], undefined]);
    expect(await ask('?camera=gate')).toEqual([[1, 3, 4], undefined]);
    expect(await ask('?person=ada')).toEqual([[2, 4], undefined]);
    expect(await ask('?person=ada&camera=gate&type=person_seen')).toEqual([[4], undefined]);
    expect(await ask('?type=door_decision')).toEqual([[], undefined]);
    expect((await lines('?person=ada')).seqs).toEqual([2, 4]);
  });

  it('tells of a door what was decided, and nothing to open it with', async () => {
    const type = 'door_decision';
    const signed = { type, door: 'front', decision: 'grant', unlock_ms: 3000, signature: 'cafe' } as never;
    await past.add(signed);
    const { json } = await call(app, 'GET', `${EVENTS}?type=${type}`);
    expect(json.events).toMatchObject([{ seq: 1, decision: 'grant' }]);
    const { text } = await lines();
    for (const shown of [JSON.stringify(json), text]) expect(shown).not.toMatch(/cafe|unlock/);
  });

  it('has nothing of a person who was erased', async () => {
    await past.add({}, await enroll('ada'));
    await past.add();
    await call(app, 'DELETE', '/miicloud/person/ada');
    expect(await ask()).toEqual([[2], undefined]);
    expect(await call(app, 'GET', `${EVENTS}?person=ada`)).toMatchObject({
      status: 404,
      json: { code: 'person_not_found' },
    });
  });

  it('goes on where a rare filter has not found enough, however many rows were looked at', async () => {
    await past.add({ camera: 'rare' });
    for (let i = 0; i < 20_100; i++) await past.add();
    await past.add({ camera: 'rare' });
    expect(await ask('?camera=rare')).toEqual([[1], 20_000]);
    expect(await ask('?camera=rare&after=20000')).toEqual([[20_102], undefined]);
    expect((await lines('?camera=rare')).seqs).toEqual([1, 20_102]);
  });

  it('comes as JSON lines where that is asked for, all or so many, and that is written down', async () => {
    for (let i = 0; i < 450; i++) await past.add({ camera: i % 2 === 0 ? 'door' : 'gate' });
    const { answer, seqs } = await lines();
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    expect(seqs).toEqual(Array.from({ length: 450 }, (_, at) => at + 1));
    expect((await lines('?limit=201&after=40')).seqs).toEqual(
      Array.from({ length: 201 }, (_, at) => at + 41),
    );
    expect((await lines('?camera=gate&limit=2')).seqs).toEqual([2, 4]);
    const { json } = await call(app, 'GET', '/api/v1/audit');
    const acts = json.entries.map(({ act }: { act: string }) => act);
    expect(acts).toEqual(['event.export', 'event.export', 'event.export']);
  });

  it.each([
    ['*/*', 'application/json'],
    ['application/json, application/x-ndjson;q=0.5', 'application/json'],
    ['application/x-ndjson, application/json;q=0.5', 'application/x-ndjson'],
  ])('is written as the header "Accept: %s" asks: %s', async (accept, type) => {
    const headers = { authorization: `Token ${TOKENS.operator}`, accept };
    expect((await app.request(EVENTS, { headers })).headers.get('content-type')).toBe(type);
    expect(await call(app, 'GET', EVENTS, { headers: { accept: 'text/html' } })).toMatchObject({
      status: 406,
      json: { message: expect.stringContaining('application/json or application/x-ndjson') },
    });
  });

  it.each([
    ['after=-1', 'after must be'],
    ['after=x', 'after must be'],
    ['after=', 'after must be'],
    ['limit=0', 'limit must be'],
    ['limit=1001', 'limit must be'],
    ['type=seen', 'type must be one of person_seen'],
    ['camera=', 'camera must be'],
    ['camera=a%20b', 'camera must be'],
    ['person=%20', 'person must not be blank'],
    ['cam=door', 'may have the parameters after, type, camera, person and limit only'],
  ])('refuses ?%s in one sentence', async (query, sentence) => {
    for (const headers of [{}, LINES]) {
      const { status, json } = await call(app, 'GET', `${EVENTS}?${query}`, { headers });
      expect(status).toBe(400);
      expect(json).toEqual({
        status: 'fail',
        code: 'invalid_request',
        message: expect.stringContaining(sentence),
      });
    }
  });
});
