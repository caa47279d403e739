import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiExports } from '../../src/api/export.ts';
import { createExportOpener } from '../../src/api/export-seal.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import {
  call,
  clientForm,
  createRestApp,
  openScriptedGallery,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const KEY = '5a'.repeat(32);
const URL = '/api/v1/gallery/export';

let store: ReturnType<typeof createMemoryStore>;
let app: Awaited<ReturnType<typeof createRestApp>>;
let notes: Parameters<ApiExports['note']>[0][];

beforeEach(async () => {
  store = createMemoryStore();
  notes = [];
  const note = async (act: (typeof notes)[number]) => void notes.push(act);
  const gallery = await openScriptedGallery(store);
  app = await createRestApp({ gallery, exports: { templates: store.templates.of, note } });
  for (const [id, token] of [
    ['ada', TOKENS.admin],
    ['bob', TOKENS.admin],
    ['eve', TOKENS.other],
  ]) {
    const form = clientForm([
      { name: 'customer_person_id', value: id },
      { name: 'first_name', value: id.toUpperCase() },
      { name: 'image_path', value: scriptedImage([{ who: 1, box: [0, 0, 100, 100] }]), file: 'a.jpg' },
    ]);
    await call(app, 'POST', '/miicloud/person', {
      ...form,
      headers: { ...form.headers, authorization: `Token ${token}` },
    });
  }
});

async function lines(init?: RequestInit): Promise<string[]> {
  const headers = { authorization: `Token ${TOKENS.admin}`, 'content-type': 'application/json' };
  const response = await app.request(URL, { ...init, headers });
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  return (await response.text()).trim().split('\n');
}

const sealed = () => lines({ method: 'POST', body: JSON.stringify({ key: KEY }) });

describe('an export of profiles', () => {
  it("gives the caller's persons without any template, and is written down", async () => {
    const records = (await lines()).map(line => JSON.parse(line));
    expect(records).toMatchObject([
      {
        customer_person_id: 'ada',
        first_name: 'ADA',
        images: [{ image: expect.stringMatching(/^enroll\//) }],
      },
      { customer_person_id: 'bob' },
    ]);
    expect(records).toHaveLength(2);
    expect(JSON.stringify(records)).not.toMatch(/vector|norm/);
    expect(notes).toMatchObject([
      { customerId: 'acme', by: expect.stringMatching(/^token:/), templates: false },
    ]);
  });

  it('gives nothing where it cannot be written down', async () => {
    const note = () => Promise.reject(new Error('disk'));
    const other = await createRestApp({ exports: { templates: () => [], note } });
    expect(await call(other, 'GET', URL)).toMatchObject({ status: 500 });
  });
});

describe('an export of templates', () => {
  it('is sealed line by line and opens only with the key, in its order', async () => {
    const [head, ...rest] = await sealed();
    const header = JSON.parse(head);
    const opener = createExportOpener(Buffer.from(KEY, 'hex'), header);
    const records = rest.map(line => opener.open(line) as Record<string, unknown>);
    const [{ embedding, norm }] = store.templates.of(store.persons.find('acme', 'ada')!.id);
    const vector = Buffer.from(embedding.vector.buffer).toString('base64');
    expect(records).toMatchObject([
      { customer_person_id: 'ada', templates: [{ model: embedding.modelId, norm, vector }] },
      { customer_person_id: 'bob' },
      { end: true, persons: 2 },
    ]);
    for (const line of rest) {
      expect(line).toMatch(/^[A-Za-z0-9+/]+=*$/);
      expect(Buffer.from(line, 'base64').includes(Buffer.from(embedding.vector.buffer))).toBe(false);
      expect(Buffer.from(line, 'base64').includes('ada')).toBe(false);
    }
    expect(notes).toMatchObject([{ templates: true }]);

    const fresh = () => createExportOpener(Buffer.from(KEY, 'hex'), header);
    expect(() => fresh().open(rest[1])).toThrow('Record 1 of the export was changed or moved');
    expect(() => createExportOpener(Buffer.alloc(32, 1), header).open(rest[0])).toThrow('another key');
    const flipped = Buffer.from(rest[0], 'base64');
    flipped[40] ^= 1;
    expect(() => fresh().open(flipped.toString('base64'))).toThrow('was changed');
    const [otherHead] = await sealed();
    const other = createExportOpener(Buffer.from(KEY, 'hex'), JSON.parse(otherHead));
    expect(() => other.open(rest[0])).toThrow('was changed');
  });

  it.each([{}, { key: 'short' }, { key: 5 }])('is refused without a key: %j', async body => {
    const { status, json } = await call(app, 'POST', URL, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect({ status, message: json.message }).toMatchObject({
      status: 400,
      message: expect.stringContaining('64 hex'),
    });
    expect(notes).toEqual([]);
  });
});
