import { FacegateError } from '../../domain/errors.ts';

/** How many records were looked at, how many of them are damaged, and why the first is. */
export interface DamageCount {
  readonly records: number;
  readonly damaged: number;
  readonly first?: string;
}

/** Counts the records of one table and the damaged ones among them. */
export interface Damage {
  /** What `work` makes of the next record; undefined where it throws a `FacegateError`. */
  open<Opened>(work: () => Opened): Opened | undefined;
  /** Adds what was counted elsewhere. */
  add(count: DamageCount): void;
  count(): DamageCount;
  /** Throws `internal` where records were damaged, with how many those were and why the first was. */
  assertNone(): void;
}

/** The damage of the table of this name: none yet. */
export function createDamage(table: string): Damage {
  let records = 0;
  let damaged = 0;
  let first: string | undefined;
  return {
    open: work => {
      records++;
      try {
        return work();
      } catch (error) {
        if (!(error instanceof FacegateError)) throw error;
        damaged++;
        first ??= error.message;
        return undefined;
      }
    },
    add: count => {
      records += count.records;
      damaged += count.damaged;
      first ??= count.first;
    },
    count: () => ({ records, damaged, ...(first !== undefined && { first }) }),
    assertNone: () => {
      if (damaged === 0) return;
      throw new FacegateError(
        'internal',
        `${damaged} of ${records} records of ${table} cannot be read, the first for this reason: ${first}`,
      );
    },
  };
}

/** What `open` makes of every item but those that are damaged. Throws `internal` at the end where there were any. */
export function* openAll<Item, Opened>(
  table: string,
  items: Iterable<Item>,
  open: (item: Item) => Opened,
): Generator<Opened> {
  const damage = createDamage(table);
  for (const item of items) {
    const opened = damage.open(() => open(item));
    if (opened !== undefined) yield opened;
  }
  damage.assertNone();
}
