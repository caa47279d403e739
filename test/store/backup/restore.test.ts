import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doorKey, signDecision } from '../../../src/access/signature.ts';
import { writeManifest } from '../../../src/store/backup/backup-manifest.ts';
import type { RestoreOptions } from '../../../src/store/backup/restore.ts';
import type { Store } from '../../../src/store/store.ts';
import { type BackupGround, idsIn, openBackupGround, tokenOf } from '../../support/backup-ground.ts';
import { createDoorController } from '../../support/door-controller.ts';
import { deleteChange, newPersonChange } from '../../support/people.ts';
import { toSchema2 } from '../../support/schema-2.ts';
import { decisionOf, eventOf } from '../../support/stored-events.ts';
import { openStoreIn } from '../../support/temporary-store.ts';

let ground: BackupGround;

beforeEach(async () => {
  ground = await openBackupGround();
});
afterEach(() => ground.close());

describe('a restore', () => {
  it('leaves out whoever was deleted since, and takes over the tokens, from what is left of the store', async () => {
    const [ada, bob] = [newPersonChange('ada'), newPersonChange('bob')];
    for (const change of [ada, bob]) await ground.store.apply(change);
    for (const digit of ['a', 'b']) await ground.store.tokens.add(tokenOf(digit));
    for (const { person } of [ada, bob]) await ground.store.outbox.append(seq => eventOf(seq, person));
    await ground.backup();
    await ground.store.apply(deleteChange(ada.person.id));
    await ground.store.tokens.revoke('a'.repeat(8));
    await ground.store.tokens.add(tokenOf('c'));
    copyFileSync(ground.at('state', 'store.key'), ground.at('old.key'));
    await ground.store.rotateKey('cli');

    expect(
      await ground.restore({ newer: ground.at('state'), key: { file: ground.at('old.key') } }),
    ).toMatchObject({
      forgotten: 1,
    });
    await ground.restored(async other => {
      expect(idsIn(other)).toEqual(['bob']);
      expect(other.history.page({ after: 0, limit: 9 }).events.map(({ seq }) => seq)).toEqual([2]);
      expect(other.history.count()).toBe(1);
      await expect(other.apply({ ...ada, opId: 'again' })).rejects.toMatchObject({
        code: 'person_not_found',
      });
      expect(other.tokens.list().map(({ hash, revokedAt }) => [hash[0], revokedAt !== undefined])).toEqual([
        ['a', true],
        ['b', false],
        ['c', false],
      ]);
    });
    // The key of Bob: that of Ada, which the backup still had, is overwritten.
    expect(sharedKeys(ground.at('backup', 'persons.keys'), ground.at('other', 'persons.keys'))).toBe(1);
  });

  it('of an older schema is brought over, and leaves out whoever was deleted since', async () => {
    const [ada, bob] = [newPersonChange('ada', [1, 2]), newPersonChange('bob', [3, 4])];
    for (const change of [ada, bob]) await ground.store.apply(change);
    const manifest = await ground.backup();
    const backup = ground.at('backup');
    copyFileSync(ground.at('state', 'store.key'), ground.at('backup', 'store.key'));
    await toSchema2(backup);
    for (const name of ['store.key', 'lock.mdb']) rmSync(ground.at('backup', name));
    await writeManifest(backup, { ...manifest, schema: 2 });
    await ground.store.apply(deleteChange(ada.person.id));

    expect(await ground.restore({ newer: ground.at('state') })).toMatchObject({
      forgotten: 1,
      counts: { persons: 1, templates: 2 },
    });
    await ground.restored(other => {
      expect(idsIn(other)).toEqual(['bob']);
      expect([...other.templates.all()]).toEqual(bob.templates);
    });
  });

  it('takes nothing from another store', async () => {
    await ground.store.apply(newPersonChange('ada'));
    await ground.backup();
    await (await openStoreIn(ground.at('stranger'))).close();
    await expect(ground.restore({ newer: ground.at('stranger') })).rejects.toThrow(
      'not a newer state of the same store',
    );
  });

  it.each<[string, () => Promise<void> | void, Partial<RestoreOptions>, RegExp]>([
    [
      'into a folder with a store',
      async () => (await openStoreIn(ground.at('other'))).close(),
      {},
      /is not empty \(data\.mdb/,
    ],
    [
      'with another key',
      () => writeFileSync(ground.at('wrong.key'), '7'.repeat(64)),
      { key: { file: '' } },
      /sealed with the key [0-9a-f]{16} and the key given is [0-9a-f]{16}/,
    ],
    [
      'without a key',
      () => undefined,
      { key: { file: '/nowhere/store.key' } },
      /key file \/nowhere\/store\.key is missing/,
    ],
    [
      'of a truncated backup',
      () => truncateSync(ground.at('backup', 'data.mdb'), 8192),
      {},
      /data\.mdb is truncated: 8192 of \d+ bytes/,
    ],
    [
      'of a damaged backup',
      () =>
        writeFileSync(
          ground.at('backup', 'persons.keys'),
          Buffer.alloc(statSync(ground.at('backup', 'persons.keys')).size),
        ),
      {},
      /persons\.keys is damaged/,
    ],
    [
      'of a backup that lacks a file',
      () => rmSync(ground.at('backup', 'data.mdb')),
      {},
      /data\.mdb of the backup cannot be copied \(ENOENT\)/,
    ],
    [
      'of a backup that was not finished',
      () => rmSync(ground.at('backup', 'backup.json')),
      {},
      /backup\.json is missing/,
    ],
    [
      'of a newer format',
      () => writeFileSync(ground.at('backup', 'backup.json'), '{"format":"facegate-backup","version":2}'),
      {},
      /another facegate/,
    ],
    ['onto a full disk', () => undefined, { space: () => ({ free: 1e6, total: 1e9 }) }, /MiB are needed/],
  ])('%s is refused in one sentence, and the folder stays as it was', async (_name, spoil, more, reason) => {
    await ground.store.apply(newPersonChange('ada'));
    await ground.backup();
    await spoil();
    const key = more.key?.file === '' ? { key: { file: ground.at('wrong.key') } } : {};
    const before = existsSync(ground.at('other', 'data.mdb'));
    const error = await ground.restore({ ...more, ...key }).then(
      () => undefined,
      (failure: Error) => failure,
    );
    expect(error).toMatchObject({
      name: 'StartupError',
      exitCode: 78,
      message: expect.stringMatching(reason),
    });
    expect(error!.message.split('\n')).toHaveLength(1);
    expect(existsSync(ground.at('other', 'data.mdb'))).toBe(before);
    expect(existsSync(ground.at('other', 'restoring'))).toBe(false);
    if (!before) expect(existsSync(ground.at('other', 'persons.keys'))).toBe(false);
  });

  it('that was cut off leaves no store that a daemon would begin anew, and can be repeated', async () => {
    await ground.store.apply(newPersonChange('ada'));
    await ground.backup();
    mkdirSync(ground.at('other', 'restoring'), { recursive: true });
    copyFileSync(ground.at('backup', 'persons.keys'), ground.at('other', 'persons.keys'));
    await expect(openStoreIn(ground.at('other'))).rejects.toThrow('keys of persons but no data');
    await ground.restore();
    await ground.restored(other => expect(idsIn(other)).toEqual(['ada']));
  });

  it('gives events numbers beyond all that were given since the backup, so that controllers go on opening', async () => {
    const ada = newPersonChange('ada');
    await ground.store.apply(ada);
    const [node, door, secret] = ['door', 'main', 'a secret of at least thirty-two characters'];
    const now = Date.parse(decisionOf(1, ada.person).decided_at);
    const controller = createDoorController({ node, door, secret, now: () => now });
    const key = doorKey(secret, node, door);
    const opens = async ({ outbox }: Pick<Store, 'outbox'>) => {
      const sent = await outbox.append(seq => signDecision(decisionOf(seq, ada.person), key));
      return controller.hear(JSON.stringify(sent), false) ?? 'opens';
    };

    await opens(ground.store);
    await ground.backup();
    for (let event = 0; event < 50; event++) expect(await opens(ground.store)).toBe('opens');
    await ground.restore();
    await ground.restored(async other => {
      expect(await opens(other)).toBe('opens');
      // Clients of REST, too, ask for what comes after the number that they have seen.
      expect(other.history.page({ after: 51, limit: 9 }).events).toHaveLength(1);
    });
  });

  it('goes on behind the numbers of a newer store, also where the clock is wrong', async () => {
    await ground.store.apply(newPersonChange('ada'));
    await ground.backup();
    await ground.store.outbox.raise(2e12);
    await ground.restore({ newer: ground.at('state'), now: () => 5 });
    await ground.restored(async other =>
      expect((await other.outbox.append(seq => eventOf(seq)))?.seq).toBe(2e12 + 1),
    );
  });

  it('lets nothing of before be sent', async () => {
    await ground.store.outbox.append(
      seq =>
        ({
          schema: 1,
          event_id: 'e',
          seq,
          node: 'door',
          type: 'unknown_seen',
          camera: 'c',
          customer: 'default',
          track_id: 't',
          captured_at: '2026-01-01T00:00:00.000Z',
          decided_at: '2026-01-01T00:00:00.000Z',
          bounding_box: { left_x: 0, left_y: 0, right_x: 1, right_y: 1 },
          similarity: 0,
          threshold: 0.5,
          frames: 1,
          model: 'm',
        }) as never,
    );
    await ground.backup();
    expect(await ground.restore()).toMatchObject({ dropped: 1 });
    await ground.restored(other => expect(other.outbox.count()).toBe(0));
  });
});

/** How many slots of the backup hold the same key in the restored store. */
function sharedKeys(before: string, after: string): number {
  const [a, b] = [readFileSync(before), readFileSync(after)];
  let shared = 0;
  for (let at = 128; at + 64 <= Math.min(a.length, b.length); at += 64)
    if (a.subarray(at, at + 64).equals(b.subarray(at, at + 64))) shared++;
  return shared;
}
