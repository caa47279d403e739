import { FacegateError } from '../domain/errors.ts';

/** What `open` makes of every item but those that are damaged. Throws `internal` at the end, with how many those were and why the first was. */
export function* openAll<Item, Opened>(
  table: string,
  items: Iterable<Item>,
  open: (item: Item) => Opened,
): Generator<Opened> {
  let count = 0;
  const failures: FacegateError[] = [];
  for (const item of items) {
    count++;
    let opened: Opened;
    try {
      opened = open(item);
    } catch (error) {
      if (!(error instanceof FacegateError)) throw error;
      failures.push(error);
      continue;
    }
    yield opened;
  }
  const [first] = failures;
  if (first)
    throw new FacegateError(
      'internal',
      `${failures.length} of ${count} records of ${table} cannot be read, the first for this reason: ${first.message}`,
      { cause: first },
    );
}
