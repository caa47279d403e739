import { availableParallelism } from 'node:os';
import { FacegateError } from '../../domain/errors.ts';
import type { Person, Template } from '../../domain/person.ts';
import type { Logger } from '../../platform/logger.ts';
import type { PersonKeys } from '../keys/person-keys.ts';
import { REF_BYTES } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import type { Table } from '../lmdb/table.ts';
import { createDamage, type Damage } from '../records/damage.ts';
import { PERSONS } from '../records/person-record.ts';
import type { PersonId } from '../tables/person-directory.ts';
import type { PersonTable } from '../tables/person-table.ts';
import { createListing, type Listing } from './listing.ts';
import { startLoadThread } from './load-thread.ts';
import { createBatchOpener, type OpenedBatch } from './open-batch.ts';
import { createPersonBatch, type PersonBatch, vectorsIn } from './person-batch.ts';

/** Who a template belongs to. */
export type EnrolledPerson = Pick<Person, 'id' | 'customerId' | 'customerPersonId'>;

/** What is done with each person; the vectors are overwritten once it has returned. */
export type EnrolledVisit = (person: EnrolledPerson, templates: readonly Template[]) => void;

/** Everybody with their templates, for the start. */
export interface EnrolledReader {
  /**
   * Calls `visit` for every person of every customer with their templates, in no order; resolves when all were read. Nobody may be changed
   * meanwhile. Keys that nobody has are overwritten then. Rejects with `internal` where records could not be read, or a person is in no list of their customer.
   */
  everyone(visit: EnrolledVisit): Promise<void>;
}

/** How a large gallery is read. */
export interface LoadOptions {
  /** The compiled program of the threads that open records beside the one that reads them. */
  readonly workerFile?: URL;
  /** Persons from which on they are worth starting. */
  readonly threadsFrom?: number;
}

/** Unless told otherwise. */
export const THREADS_FROM = 2000;
const MAX_THREADS = 4;
/** Batches for each thread that are under way. */
const AHEAD = 3;

/** The persons and templates of a store with these keys. Each person's key is opened once, and large galleries are opened by several threads. */
export function openEnrolledReader(
  environment: Environment,
  persons: Pick<PersonTable, 'changes' | 'listed'>,
  keys: Pick<PersonKeys, 'material' | 'sweep'>,
  options: LoadOptions & { threadsFrom: number; log: Logger },
): EnrolledReader {
  const { log, threadsFrom, workerFile = new URL('./load-worker.js', import.meta.url) } = options;
  const table = environment.table(PERSONS);
  const lists = environment.table('persons_by_customer');

  const take = (
    { opened, batch }: { opened: OpenedBatch; batch: PersonBatch },
    { damage, listing, used, visit }: Pass,
  ): void => {
    const { persons, counts, slots } = opened;
    damage.add(opened.damage);
    const templatesOf = createTemplateCutter(opened, vectorsIn(batch));
    for (const [at, count] of counts.entries()) {
      const person = {
        id: persons[3 * at],
        customerId: persons[3 * at + 1],
        customerPersonId: persons[3 * at + 2],
      };
      const templates = templatesOf(person, count);
      used.add(slots[at]);
      // One who cannot be found by the customer's id could not be deleted, yet would open doors.
      if (listing.has(opened, at)) visit(person, templates);
      else damage.add({ records: 0, damaged: 1, first: 'A person is in no list; restore a backup.' });
    }
  };

  const openAlone = (pass: Pass): void => {
    const open = createBatchOpener(keys.material());
    const unused = [createPersonBatch(), createPersonBatch()];
    for (const batch of batchesOf(table, pass.damage, () => unused.pop()!)) {
      take({ opened: open(batch), batch }, pass);
      batch.clear();
      unused.push(batch);
    }
  };

  const openInThreads = async (pass: Pass): Promise<void> => {
    const material = keys.material();
    const start = { file: workerFile, material, openHere: createBatchOpener(material), log };
    const threads = Array.from({ length: Math.min(availableParallelism(), MAX_THREADS) }, () =>
      startLoadThread(start),
    );
    const unused = Array.from({ length: threads.length * AHEAD + 1 }, createPersonBatch);
    const underway: { batch: PersonBatch; opened: Promise<OpenedBatch> }[] = [];
    const takeOldest = async (): Promise<void> => {
      const { batch, opened } = underway.shift()!;
      take({ opened: await opened, batch }, pass);
      batch.clear();
      unused.push(batch);
    };
    let turn = 0;
    try {
      for (const batch of batchesOf(table, pass.damage, () => unused.pop()!)) {
        underway.push({ batch, opened: threads[turn++ % threads.length].open(batch) });
        if (unused.length === 0) await takeOldest();
      }
      while (underway.length > 0) await takeOldest();
    } finally {
      await Promise.all(threads.map(thread => thread.close()));
    }
  };

  return {
    everyone: async visit => {
      const damage = createDamage(PERSONS);
      const ids: PersonId[] = [];
      const since = persons.changes();
      const visitAndList: EnrolledVisit = (person, templates) => {
        ids.push(person);
        visit(person, templates);
      };
      const used = new Set<number>();
      const listing = createListing(lists.rows(), lists.count());
      const pass: Pass = { damage, listing, used, visit: visitAndList };
      if (table.count() < threadsFrom) openAlone(pass);
      else await openInThreads(pass);
      damage.assertNone();
      await keys.sweep(() => used);
      persons.listed(ids, since);
    },
  };
}

/** What one pass over everybody needs and finds. */
interface Pass {
  readonly damage: Damage;
  readonly listing: Listing;
  /** Slots of the keys that somebody has. */
  readonly used: Set<number>;
  readonly visit: EnrolledVisit;
}

/** All rows of the table: fills the batch that `free` gives and asks for another before it yields the full one. Rows of nobody are counted in `damage`. */
function* batchesOf(
  table: Pick<Table, 'rows'>,
  damage: Damage,
  free: () => PersonBatch,
): Generator<PersonBatch> {
  let batch = free();
  for (const { key: ref, value: record } of table.rows()) {
    if (ref.length !== REF_BYTES) damage.open(refuseNobody);
    else if (!batch.add({ ref, record })) {
      const full = batch;
      batch = free();
      // Before anybody else reads: that would overwrite the row.
      batch.add({ ref, record });
      yield full;
    }
  }
  if (batch.length > 0) yield batch;
}

function refuseNobody(): never {
  throw new FacegateError('internal', 'A person is in the place of nobody; restore a backup.');
}

/** Takes the templates of one person after the other from a batch with these vectors. */
function createTemplateCutter(opened: OpenedBatch, vectors: Float32Array) {
  const { templates, models, modelIds, dimensions, norms } = opened;
  let at = 0;
  let value = 0;
  return ({ id: personId, customerId }: EnrolledPerson, count: number): Template[] =>
    Array.from({ length: count }, () => {
      const vector = vectors.subarray(value, value + dimensions[at]);
      const embedding = { modelId: modelIds[models[at]], vector };
      const template = { id: templates[at], personId, customerId, embedding, norm: norms[at] };
      value += dimensions[at];
      at++;
      return template;
    });
}
