import type { Store } from '../../src/store/store.ts';

/** A line of the torture child. */
export interface LedgerLine {
  readonly begin?: 'enroll' | 'rename' | 'remove';
  readonly done?: 'enroll' | 'rename' | 'remove';
  readonly id: string;
  readonly personId?: string;
  readonly firstName?: string;
  readonly seed?: number;
}

/** A person as far as the ledger knows: the seeds of their templates and the name. */
interface State {
  readonly seeds: readonly number[];
  readonly firstName?: string | undefined;
}

/** What was acknowledged, and what was under way when the child ended. */
export interface Ledger {
  /** Reads the output of one child. */
  read(output: string): void;
  /** Everything that a reopened store has lost, torn or brought back; then takes the store's state as known. */
  faults(store: Store): string[];
  acknowledged(): number;
}

/** A ledger of an empty store. */
export function createLedger(): Ledger {
  const known = new Map<string, State>();
  const pending = new Map<string, LedgerLine>();
  const deleted = new Set<string>();
  let acknowledged = 0;

  return {
    read: output => {
      // What stands behind the last line break is a line that the kill cut off.
      for (const text of output.split('\n').slice(0, -1)) {
        const line = JSON.parse(text) as LedgerLine;
        if (line.begin) pending.set(line.id, line);
        if (!line.done) continue;
        const next = after(known.get(line.id), line.done, line);
        if (next) known.set(line.id, next);
        else known.delete(line.id);
        if (line.done === 'remove') deleted.add(line.personId!);
        pending.delete(line.id);
        acknowledged++;
      }
    },
    faults: store => {
      const stored = storedStates(store);
      const faults: string[] = [];
      for (const id of new Set([...known.keys(), ...stored.keys(), ...pending.keys()])) {
        const [before, line, found] = [known.get(id), pending.get(id), stored.get(id)];
        const allowed = [before, ...(line?.begin ? [after(before, line.begin, line)] : [])].map(show);
        if (!allowed.includes(show(found)))
          faults.push(`${id} is ${show(found)}, allowed: ${allowed.join(' or ')}`);
      }
      for (const id of deleted) if (store.persons.get(id)) faults.push(`${id} came back`);
      known.clear();
      pending.clear();
      for (const [id, state] of stored) known.set(id, state);
      return faults;
    },
    acknowledged: () => acknowledged,
  };
}

function after(before: State | undefined, change: 'enroll' | 'rename' | 'remove', line: LedgerLine) {
  if (change === 'remove') return undefined;
  if (change === 'rename') return { seeds: before?.seeds ?? [], firstName: line.firstName };
  return { seeds: [...(before?.seeds ?? []), line.seed!], firstName: before?.firstName };
}

function storedStates(store: Store): Map<string, State> {
  const seeds = new Map([...store.templates.all()].map(template => [template.id, template.norm]));
  return new Map(
    [...store.persons.all()].map(person => [
      person.customerPersonId,
      {
        seeds: person.images.map(image => seeds.get(image.templateId) ?? Number.NaN),
        firstName: person.profile.firstName,
      },
    ]),
  );
}

function show(state: State | undefined): string {
  return state ? `${state.seeds.join(',')} ${state.firstName ?? '-'}` : 'absent';
}
