import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeadLetter, openDeadLetters } from '../../src/actuators/dead-letters.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { recordingLogger } from '../events/publishing.ts';

const FILE = 'webhook-undelivered.ndjson';

const letter = (seq: number): DeadLetter => ({
  given_up_at: '2026-11-24T14:19:18.321Z',
  door: 'main',
  event_id: `event-${seq}`,
  seq,
  decision: 'deny',
  attempts: 3,
  failure: 'HTTP 503',
});

describe('dead letters', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'facegate-letters-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it('are there after a restart, one JSON line each, for their owner alone', async () => {
    const letters = await openDeadLetters({ dir, log: silentLogger });
    await Promise.all([1, 2, 3].map(seq => letters.add(letter(seq))));
    const again = await openDeadLetters({ dir, log: silentLogger });
    expect(again.list()).toEqual([1, 2, 3].map(letter));
    expect((await readFile(join(dir, FILE), 'utf8')).split('\n')).toHaveLength(4);
    expect((await stat(join(dir, FILE))).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual([FILE]);
  });

  it('are the newest two hundred', async () => {
    const letters = await openDeadLetters({ dir, log: silentLogger });
    await Promise.all(Array.from({ length: 203 }, (_, seq) => letters.add(letter(seq))));
    const kept = (await openDeadLetters({ dir, log: silentLogger })).list();
    expect(kept).toHaveLength(200);
    expect(kept[0].seq).toBe(3);
  });

  it('that cannot be read are left out, and those that cannot be written are told of', async () => {
    await appendFile(join(dir, FILE), `null\n{"event\n${JSON.stringify(letter(1))}\n`);
    const { log, entries } = recordingLogger();
    const letters = await openDeadLetters({ dir, log });
    expect(letters.list()).toEqual([letter(1)]);
    await rm(dir, { recursive: true });
    await letters.add(letter(2));
    expect(entries).toMatchObject([{ msg: `${FILE} could not be written.` }]);
    dir = await mkdtemp(join(tmpdir(), 'facegate-letters-'));
  });
});
