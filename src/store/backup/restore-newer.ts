import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../domain/errors.ts';
import { silentLogger } from '../../platform/logger.ts';
import { forgetPersons } from '../copy/forget.ts';
import { diskSpace } from '../disk/disk-space.ts';
import { type Environment, openEnvironment } from '../lmdb/environment.ts';
import { openCounterTable } from '../tables/counter-table.ts';

/**
 * Takes over into the copy of a store in `dir` what may not be undone by a restore, from a newer store or backup in `newer`: who was deleted there is
 * taken out, the tokens become those of there, and `seq` goes on behind that of there. Needs no key, as persons stand under the same references.
 * How many persons were taken out. Throws `StartupError` where `newer` cannot be read.
 */
export async function bringUpToDate(dir: string, newer: string, at: number): Promise<number> {
  if (!existsSync(join(newer, 'data.mdb'))) throw new StartupError(`There is no store in ${newer}.`);
  return withEnvironment(newer, there =>
    withEnvironment(dir, async here => {
      if (!continues(there, here))
        throw new StartupError(`${newer} is not a newer state of the same store; leave it out.`);
      const persons = here.table('persons');
      const gone = [...there.table('tombstones').keys()];
      const forgotten = gone.filter(ref => persons.has(ref)).length;
      await forgetPersons(here, gone, at);
      await replaceTokens(here, there);
      await raiseSeq(here, there);
      return forgotten;
    }),
  );
}

/** Whether the audit log of `there` goes on where that of `here` ends; what lies further back may have been pruned there. */
function continues(there: Environment, here: Environment): boolean {
  const [entries, others] = [here.table('audit'), there.table('audit')];
  let last: Buffer | undefined;
  for (const key of entries.keys()) last = key;
  const [oldest] = others.keys({ limit: 1 });
  if (last === undefined || oldest === undefined) return false;
  const other = others.get(last);
  return other ? entries.get(last)!.equals(other) : Buffer.compare(oldest, last) > 0;
}

async function replaceTokens(here: Environment, there: Environment): Promise<void> {
  const [own, others] = [here.table('tokens'), there.table('tokens')];
  await here.write(() => {
    for (const key of [...own.keys()]) own.remove(key);
    for (const { key, value } of [...others.entries()]) own.put(key, value);
  });
}

/** No event may get a number that one was sent with. */
async function raiseSeq(here: Environment, there: Environment): Promise<void> {
  const [own, other] = [here, there].map(openCounterTable);
  const sent = other.get('outbox_seq');
  await here.write(() => own.set('outbox_seq', Math.max(sent, own.get('outbox_seq'))));
}

async function withEnvironment<T>(dir: string, use: (environment: Environment) => Promise<T>): Promise<T> {
  let failure: Error | undefined;
  const onFatal = (error: Error) => {
    failure = error;
  };
  const environment = openEnvironment({ dir, log: silentLogger, onFatal, space: diskSpace });
  try {
    const result = await use(environment);
    if (failure) throw failure;
    return result;
  } finally {
    await environment.close();
  }
}
