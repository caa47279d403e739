import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BackupGround, openBackupGround } from '../../support/backup-ground.ts';
import { deleteChange, newPersonChange } from '../../support/people.ts';
import { eventOf } from '../../support/stored-events.ts';

let ground: BackupGround;

beforeEach(async () => {
  ground = await openBackupGround();
});
afterEach(() => ground.close());

describe('a restore and the snapshots of events', () => {
  it('leaves out those of whoever was deleted since; those of others open, and go with them', async () => {
    const [ada, bob] = [newPersonChange('ada'), newPersonChange('bob')];
    for (const change of [ada, bob]) await ground.store.apply(change);
    const jpegs = [ada.person, bob.person, undefined].map(() => randomBytes(5000));
    for (const [at, person] of [ada.person, bob.person, undefined].entries()) {
      await ground.store.outbox.append(seq => eventOf(seq, person));
      expect(await ground.store.snapshots.put(at + 1, jpegs[at])).toBe(true);
    }
    await ground.backup();
    await ground.store.apply(deleteChange(ada.person.id));

    await ground.restore({ newer: ground.at('state') });
    await ground.restored(async other => {
      expect([1, 2, 3].map(seq => other.snapshots.get(seq))).toEqual([undefined, jpegs[1], jpegs[2]]);
      expect(other.snapshots.count()).toBe(2);
      // They are bounded and go with their person, as before.
      await other.apply(deleteChange(bob.person.id));
      expect([2, 3].map(seq => other.snapshots.get(seq))).toEqual([undefined, jpegs[2]]);
      expect(await other.snapshots.prune(Date.parse('2100-01-01'))).toBe(1);
    });
  });

  it('has those that the backup had', async () => {
    const ada = newPersonChange('ada');
    await ground.store.apply(ada);
    const jpeg = randomBytes(5000);
    await ground.store.outbox.append(seq => eventOf(seq, ada.person));
    await ground.store.snapshots.put(1, jpeg);
    await ground.backup();
    await ground.store.outbox.append(seq => eventOf(seq, ada.person));
    await ground.store.snapshots.put(2, randomBytes(5000));
    await ground.restore();
    await ground.restored(other =>
      expect([1, 2].map(seq => other.snapshots.get(seq))).toEqual([jpeg, undefined]),
    );
  });
});
