import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { planImport } from '../../src/cli/person-import-plan.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-rights-'));
});
afterEach(() => rm(folder, { recursive: true }));

const planned = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  const { persons, refused, ignoredColumns } = planImport(join(folder, name));
  return { fields: persons.map(({ fields }) => fields), refused, ignoredColumns };
};

it('takes the rights of a person from a list, and from the lines that an export writes', async () => {
  const csv = [
    'customer_person_id,groups,valid_until,deny,image',
    'ada,"staff,night",2026-12-31,,ada.jpg',
    'bob,,,true,bob.jpg',
  ];
  expect(await planned('list.csv', csv.join('\n'))).toEqual({
    fields: [{ groups: 'staff,night', valid_until: '2026-12-31' }, { deny: 'true' }],
    refused: [],
    ignoredColumns: [],
  });
  const line = {
    customer_person_id: 'ada',
    groups: ['staff', 'night'],
    valid_from: '2026-01-01T00:00:00.000Z',
    deny: true,
    image: 'ada.jpg',
  };
  expect(await planned('list.ndjson', JSON.stringify(line))).toEqual({
    fields: [{ groups: 'staff,night', valid_from: '2026-01-01T00:00:00.000Z', deny: 'true' }],
    refused: [],
    ignoredColumns: [],
  });
});
