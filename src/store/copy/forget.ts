import type { Environment } from '../lmdb/environment.ts';
import { ownedRange, sequenceKey, sequenceOf } from '../records/key.ts';
import { tombstone } from '../tables/tombstone-table.ts';

/**
 * Takes persons out of a copy of the store by their references alone, without their keys, and leaves tombstones: what was deleted after the
 * copy was made. Durable when resolved.
 */
export function forgetPersons(environment: Environment, refs: readonly Buffer[], at: number): Promise<void> {
  const table = (name: string) => environment.table(name);
  const [persons, index, outbox] = [table('persons'), table('persons_by_customer'), table('outbox')];
  const [images, waiting] = [table('images'), table('outbox_by_person')];
  const [history, snapshots, past] = [table('history'), table('snapshots'), table('history_by_person')];
  const stays = table('stays');
  const single = [persons, table('visits'), table('consents')];
  const tombstones = table('tombstones');

  return environment.write(() => {
    const gone = new Set(refs.map(ref => ref.toString('latin1')));
    for (const { key, value } of [...index.entries()])
      if (gone.has(value.toString('latin1'))) index.remove(key);
    for (const ref of refs) {
      for (const key of [...waiting.keys(ownedRange(ref))]) outbox.remove(sequenceKey(sequenceOf(key)));
      for (const key of [...past.keys(ownedRange(ref))])
        for (const ofEvent of [history, snapshots]) ofEvent.remove(sequenceKey(sequenceOf(key)));
      for (const owned of [images, stays, waiting, past])
        for (const key of [...owned.keys(ownedRange(ref))]) owned.remove(key);
      for (const each of single) each.remove(ref);
      if (!tombstones.has(ref)) tombstones.put(ref, tombstone(ref, { seq: 0, at }));
    }
  });
}
