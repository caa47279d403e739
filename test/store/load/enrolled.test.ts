import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person, Template } from '../../../src/domain/person.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { LoadOptions } from '../../../src/store/load/enrolled.ts';
import { openStore } from '../../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../../support/people.ts';
import { flipped, tamper } from '../../support/store-files.ts';
import { openStoreIn, ROOMY, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const workerFile = new URL('../../../dist/src/store/load/load-worker.js', import.meta.url);
const changes = Array.from({ length: 700 }, (_, i) => newPersonChange(`p-${i}`, i % 7 === 0 ? [i, -i] : [i]));
const gone = newPersonChange('gone', [9]);

describe.each([
  ['by the main thread', { threadsFrom: Number.POSITIVE_INFINITY }],
  ['by threads', { threadsFrom: 0, workerFile }],
] as const)('everybody, read %s', (_, load: LoadOptions) => {
  let dir: string;
  beforeEach(async () => {
    dir = temporaryFolder();
    const store = await openStoreIn(dir);
    await Promise.all([...changes, gone].map(change => store.apply(change)));
    await store.apply(deleteChange(gone.person.id));
    await store.close();
  });
  afterEach(() => removeFolder(dir));

  const read = async (options = load, log = silentLogger, also: () => void = () => undefined) => {
    const onFatal = (error: Error) => {
      throw error;
    };
    const store = await openStore({ dir, log, onFatal, space: () => ROOMY, load: options });
    const found = new Map<string, { person: Partial<Person>; templates: readonly Template[] }>();
    try {
      await store.everyone((person, own) => {
        also();
        found.set(person.id, { person, templates: own.map(copied) });
      });
      return { found, listed: store.persons.list('default', { limit: 1000 }).persons };
    } finally {
      await store.close();
    }
  };
  const refusal = (opened = read()) =>
    opened.then(
      () => 'nothing',
      (error: Error) => error.message,
    );

  it('is there once, with the templates to the last bit, and listed', async () => {
    const { found, listed } = await read();
    expect(found.size).toBe(changes.length);
    for (const { person, templates: own } of changes) {
      const { id, customerId, customerPersonId } = person;
      expect(found.get(id)?.person).toEqual({ id, customerId, customerPersonId });
      const byId = new Map(found.get(id)?.templates.map(template => [template.id, template]));
      expect(byId.size).toBe(own.length);
      for (const template of own) expect(byId.get(template.id)).toEqual(template);
    }
    expect(listed).toHaveLength(changes.length);
  });

  it('has the models of their own embedders', async () => {
    const other = newPersonChange('other', [11, 12]);
    const [first, second] = other.templates;
    const { vector } = second!.embedding;
    const embedding = { modelId: 'another', vector: vector.slice(0, 8) };
    const store = await openStoreIn(dir);
    await store.apply({ ...other, templates: [first!, { ...second!, embedding }] });
    await store.close();
    const { found } = await read();
    const byId = new Map(found.get(other.person.id)?.templates.map(each => [each.id, each.embedding]));
    expect(byId).toEqual(
      new Map([
        [first!.id, first!.embedding],
        [second!.id, embedding],
      ]),
    );
  });

  it('is not read on where one is refused', async () => {
    let visits = 0;
    const refuse = () => {
      visits++;
      if (visits === 3) throw new Error('of another world');
    };
    expect(await refusal(read(load, silentLogger, refuse))).toBe('of another world');
    expect(visits).toBe(3);
  });

  it('says how many records are damaged', async () => {
    await tamper(dir, 'persons', async (rows, table) => {
      for (const { key, value } of rows.slice(3, 5)) await table.put(key, flipped(value));
    });
    expect(await refusal()).toMatch(
      /^2 of 700 records of persons cannot be read, .*damaged record \(persons\)/,
    );
  });

  it('is refused where a row stands under no reference', async () => {
    const store = await openStoreIn(dir);
    await store.close();
    await tamper(dir, 'persons', async ([row], table) => {
      await table.remove(row!.key);
      await table.put(row!.key.subarray(1), row!.value);
    });
    expect(await refusal()).toMatch(/^1 of 700 records of persons .* in the place of nobody/);
  });

  it('is refused where a person is in no list, or in the place of another in it', async () => {
    await tamper(dir, 'persons_by_customer', async ([first, second], table) => {
      await table.remove(first!.key);
      await table.put(second!.key, first!.value);
    });
    expect(await refusal()).toMatch(/^2 of 700 records of persons .* is in no list/);
  });

  it('is refused where the keys of two persons have changed places', async () => {
    await tamper(dir, 'persons', async ([first, second], table) => {
      await table.put(first!.key, Buffer.concat([second!.value.subarray(0, 4), first!.value.subarray(4)]));
    });
    expect(await refusal()).toMatch(
      /^1 of 700 records of persons .* tampered with, or sealed with another key/,
    );
  });

  it('is read to the end by the main thread when threads are lost', async () => {
    if (!load.workerFile) return expect((await read()).found.size).toBe(changes.length);
    const file = join(dir, 'lost.mjs');
    writeFileSync(
      file,
      "import { parentPort } from 'node:worker_threads';\nparentPort.once('message', () => process.exit(3));",
    );
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: line => void lines.push(line) });
    const { found } = await read({ threadsFrom: 0, workerFile: pathToFileURL(file) }, log);
    expect(found.size).toBe(changes.length);
    expect(lines.join()).toMatch(/ended with code 3.*the main thread does its work/);
  });
});

/** Its vector is the reader's. */
function copied(template: Template): Template {
  const { modelId, vector } = template.embedding;
  return { ...template, embedding: { modelId, vector: Float32Array.from(vector) } };
}
