import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ImportJournal, openImportJournal } from '../../src/cli/person-import-journal.ts';
import { type ImportRun, type PhotoOutcome, runImport } from '../../src/cli/person-import-run.ts';
import type { EnrollAnswer, PatientSender } from '../../src/cli/person-import-sender.ts';

let folder: string;
let journal: ImportJournal;
let clock: number;
let enrolled: string[];
let waited: number[];
let sent: number;

const target = { daemon: 'http://door', customer: 'acme' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-import-run-'));
  await writeFile(join(folder, 'a.jpg'), 'a');
  journal = openImportJournal(join(folder, 'journal'), target);
  clock = 1_000_000;
  [enrolled, waited, sent] = [[], [], 0];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A daemon that takes every photo, and answers as told. */
function sender(answer: (sent: number) => EnrollAnswer, takes: (sent: number) => boolean): PatientSender {
  return {
    imagesOf: async () => [...enrolled],
    pause: async ms => {
      waited.push(ms);
      clock += Math.max(0, ms);
    },
    enroll: async form => {
      sent++;
      const { name } = form.get('image_path') as File;
      if (takes(sent)) enrolled.push(`enroll/${name.replace('.jpg', '')}_abcdefg.jpg`);
      return answer(sent);
    },
  };
}

async function run(use: PatientSender, more: Partial<ImportRun> = {}): Promise<PhotoOutcome[]> {
  const outcomes: PhotoOutcome[] = [];
  await runImport({
    persons: [{ id: 'ada', fields: {}, photos: [{ file: join(folder, 'a.jpg'), name: 'a.jpg' }] }],
    sender: use,
    journal,
    parallel: 2,
    refuseDuplicates: false,
    signal: new AbortController().signal,
    onPhoto: outcome => outcomes.push(outcome),
    now: () => clock,
    ...more,
  });
  return outcomes;
}

it('looks, when a connection broke and what was sent must have ended, before it sends again', async () => {
  const taken = sender(
    () => 'in doubt',
    () => true,
  );
  expect(await run(taken)).toMatchObject([{ file: 'a.jpg', outcome: 'enrolled' }]);
  expect({ sent, waited }).toEqual({ sent: 1, waited: [20_000] });
});

it('sends again what did not arrive', async () => {
  const lost = sender(
    count => (count === 1 ? 'in doubt' : { ok: true }),
    count => count > 1,
  );
  expect(await run(lost)).toMatchObject([{ outcome: 'enrolled' }]);
  expect({ sent, enrolled: enrolled.length }).toEqual({ sent: 2, enrolled: 1 });
});

it('waits for what a killed run had sent, but for no longer than it may take', async () => {
  const killed = sender(
    () => {
      throw new Error('killed');
    },
    () => false,
  );
  await expect(run(killed)).rejects.toThrow('killed');
  journal.close();
  journal = openImportJournal(join(folder, 'journal'), target);
  clock += 5000;
  const next = sender(
    () => ({ ok: true }),
    () => true,
  );
  expect(await run(next)).toMatchObject([{ outcome: 'enrolled' }]);
  expect(waited).toEqual([15_000]);
});

it('ends where nothing more can be enrolled, and is in no doubt about the photo', async () => {
  const full = sender(
    () => ({ ok: false, code: 'storage_full', reason: 'The disk is full.', isFinal: true }),
    () => false,
  );
  await expect(run(full)).rejects.toThrow('The disk is full.');
  const roomy = sender(
    () => ({ ok: true }),
    () => true,
  );
  expect(await run(roomy)).toMatchObject([{ outcome: 'enrolled' }]);
  expect(waited).toEqual([]);
});

it('tells of a file that has gone, and goes on', async () => {
  const photos = ['gone.jpg', 'a.jpg'].map(name => ({ file: join(folder, name), name }));
  const usual = sender(
    () => ({ ok: true }),
    () => true,
  );
  const outcomes = await run(usual, { persons: [{ id: 'ada', fields: {}, photos }] });
  expect(outcomes).toMatchObject([
    { file: 'gone.jpg', outcome: 'refused', reason: expect.stringContaining('cannot be read') },
    { file: 'a.jpg', outcome: 'enrolled' },
  ]);
});
