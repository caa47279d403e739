import type { Embedding } from '../../src/domain/face.ts';
import type { Template } from '../../src/domain/person.ts';
import type { Store } from '../../src/store/store.ts';
import { embeddingOf } from './people.ts';

/** A line of the torture child. */
export interface LedgerLine {
  readonly begin?: Change;
  readonly done?: Change;
  readonly id: string;
  readonly personId?: string;
  readonly firstName?: string;
  readonly seed?: number;
  readonly undead?: string;
  readonly matched?: number;
  readonly rotated?: string;
}

type Change = 'enroll' | 'rename' | 'remove';

/** What a store has done wrong; each entry says about whom. */
export interface Faults {
  /** Acknowledged and not there. */
  readonly lost: string[];
  /** There in part, or other than it was written. */
  readonly torn: string[];
  /** Deleted, and there, matched or readable again. */
  readonly resurrected: string[];
}

/** A person as far as the ledger knows: the seeds of their templates and the name. */
interface State {
  readonly seeds: readonly number[];
  readonly firstName?: string | undefined;
}

/** What was acknowledged, and what was under way when the child ended. */
export interface Ledger {
  /** Reads the output of one child; returns the persons that it has deleted. */
  read(output: string): string[];
  /** Everything that a reopened store does wrong; then takes the store's state as known. */
  faults(store: Store): Faults;
  acknowledged(): number;
  matches(): number;
  rotations(): number;
}

/** No fault at all. */
export function noFaults(): Faults {
  return { lost: [], torn: [], resurrected: [] };
}

/** A ledger of an empty store. */
export function createLedger(): Ledger {
  const known = new Map<string, State>();
  const pending = new Map<string, LedgerLine>();
  const deleted = new Set<string>();
  const matchedAfterwards: string[] = [];
  const counts = { acknowledged: 0, matches: 0, rotations: 0 };

  const acknowledge = (line: LedgerLine, change: Change): void => {
    const next = after(known.get(line.id), change, line);
    if (next) known.set(line.id, next);
    else known.delete(line.id);
    if (change === 'remove') deleted.add(line.personId!);
    pending.delete(line.id);
    counts.acknowledged++;
  };

  return {
    read: output => {
      const gone: string[] = [];
      // What stands behind the last line break is a line that the kill cut off.
      for (const text of output.split('\n').slice(0, -1)) {
        const line = JSON.parse(text) as LedgerLine;
        if (line.begin) pending.set(line.id, line);
        if (line.done) acknowledge(line, line.done);
        if (line.done === 'remove') gone.push(line.personId!);
        if (line.undead !== undefined)
          matchedAfterwards.push(`${line.undead} was matched after its deletion`);
        if (line.matched !== undefined) counts.matches++;
        if (line.rotated !== undefined) counts.rotations++;
      }
      return gone;
    },
    faults: store => {
      const templates = new Map([...store.templates.all()].map(template => [template.id, template]));
      const stored = storedStates(store, templates);
      const faults = noFaults();
      for (const id of new Set([...known.keys(), ...stored.keys(), ...pending.keys()])) {
        const [before, line, found] = [known.get(id), pending.get(id), stored.get(id)];
        const next = line?.begin ? [after(before, line.begin, line)] : [];
        const allowed = [before, ...next].map(show);
        if (allowed.includes(show(found))) continue;
        kindOf(faults, before, found).push(`${id} is ${show(found)}, allowed: ${allowed.join(' or ')}`);
      }
      for (const { id, norm, embedding } of templates.values())
        if (!isSame(embedding, embeddingOf(norm))) faults.torn.push(`template ${id}`);
      for (const id of deleted) if (store.persons.get(id)) faults.resurrected.push(`${id} came back`);
      faults.resurrected.push(...matchedAfterwards.splice(0));
      known.clear();
      pending.clear();
      for (const [id, state] of stored) known.set(id, state);
      return faults;
    },
    acknowledged: () => counts.acknowledged,
    matches: () => counts.matches,
    rotations: () => counts.rotations,
  };
}

function kindOf(faults: Faults, before: State | undefined, found: State | undefined): string[] {
  if (!before) return faults.resurrected;
  return found && before.seeds.every(seed => found.seeds.includes(seed)) ? faults.torn : faults.lost;
}

function after(before: State | undefined, change: Change, line: LedgerLine): State | undefined {
  if (change === 'remove') return undefined;
  if (change === 'rename') return { seeds: before?.seeds ?? [], firstName: line.firstName };
  return { seeds: [...(before?.seeds ?? []), line.seed!], firstName: before?.firstName };
}

function storedStates(store: Store, templates: ReadonlyMap<string, Template>): Map<string, State> {
  return new Map(
    [...store.persons.all()].map(person => [
      person.customerPersonId,
      {
        seeds: person.images.map(image => templates.get(image.templateId)?.norm ?? Number.NaN),
        firstName: person.profile.firstName,
      },
    ]),
  );
}

function show(state: State | undefined): string {
  return state ? `${state.seeds.join(',')} ${state.firstName ?? '-'}` : 'absent';
}

function isSame(a: Embedding, b: Embedding): boolean {
  return a.modelId === b.modelId && Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf({ vector }: Embedding): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
