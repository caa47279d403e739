import { FacegateError } from '../domain/errors.ts';
import type { Embedding } from '../domain/face.ts';
import type { Match, Person, Template } from '../domain/person.ts';
import type { Logger } from '../platform/logger.ts';
import type { SnapshotSource } from './index-snapshot.ts';
import { type CodeMemory, createCodeMemory } from './search/code-memory.ts';
import { createScanThread, type ScanThread } from './search/scan-thread.ts';
import { createSearchQueue, type SearchQueue, type TemplateRow } from './search/search-queue.ts';
import { createTopTwo } from './top-two.ts';
import { createVectorRows, type VectorRows } from './vector-rows.ts';

/** How much is in the index; `otherModel` counts templates of other embedders, which no search sees. */
export interface IndexSize {
  readonly persons: number;
  readonly templates: number;
  readonly otherModel: number;
}

/** The templates in memory: exact search, one customer at a time. Changes hold from the moment at which they return. */
export interface TemplateIndex extends SnapshotSource {
  /** A template that is there already is left alone. */
  add(person: Pick<Person, 'id' | 'customerId' | 'customerPersonId'>, template: Template): void;
  removePerson(personId: string): void;
  /** Whether templates of the person are there, also those of another embedder. */
  has(personId: string): boolean;
  /** Templates of the person that a search sees. */
  searchable(personId: string): number;
  /** Persons of the customer of whom a search sees no template. */
  unsearchable(customerId: string): number;
  /** Throws `internal` for an embedding that `add` or a search would refuse: another model or dimension, not of unit length. */
  check(embedding: Embedding): void;
  /**
   * The best persons as they are when this resolves: who was removed by then is not among them. Rejects with `internal` for a probe of
   * another model or dimension, or one with values that are no numbers.
   */
  search(customerId: string, probe: Embedding, personId?: string): Promise<Match>;
  size(): IndexSize;
  /** Persons of the customer, those without a searchable template included. */
  persons(customerId: string): number;
  /** Ends the search thread, if one was needed; searches under way are answered. */
  close(): Promise<void>;
}

/** What an index needs to search large galleries in a thread of its own. */
export interface TemplateIndexOptions {
  readonly log: Logger;
  /** The program of that thread; the compiled one beside this file. */
  readonly workerFile?: URL;
}

interface Located extends TemplateRow {
  readonly norm: number;
}

interface Member {
  readonly personId: string;
  readonly customerId: string;
  readonly customerPersonId: string;
  /** Never given to another. */
  readonly owner: number;
  /** Few, so a list is smaller than a map and as fast; `push` would make room for sixteen more. */
  templates: readonly Located[];
  /** Ids of the templates of other embedders. */
  otherModel: readonly string[];
}

/** What all customers' rows share once the dimension is known. */
interface Shared {
  readonly memory: CodeMemory;
  readonly thread: ScanThread;
  readonly queue: SearchQueue;
}

/** An empty index of the embedder `embedderId`; the first template sets the dimension. */
export function createTemplateIndex(embedderId: string, options: TemplateIndexOptions): TemplateIndex {
  const { log, workerFile = new URL('./search/scan-worker.js', import.meta.url) } = options;
  const rowsOf = new Map<string, VectorRows<Located>>();
  const members = new Map<string, Member>();
  const personsOf = new Map<string, number>();
  let shared: Shared | undefined;
  let owners = 0;
  let otherModel = 0;
  const dimension = () => shared?.memory.dimension;

  const sharedFor = (length: number): Shared => {
    if (shared) return shared;
    const memory = createCodeMemory(length, fresh => thread.touch(fresh));
    const thread = createScanThread({ file: workerFile, setup: memory, log });
    shared = { memory, thread, queue: createSearchQueue({ memory, thread }) };
    return shared;
  };

  const rowsFor = (customerId: string, length: number): VectorRows<Located> => {
    const known = rowsOf.get(customerId);
    if (known) return known;
    const { memory, thread } = sharedFor(length);
    const rows = createVectorRows<Located>(memory, thread.touch);
    rowsOf.set(customerId, rows);
    return rows;
  };

  return {
    add: (person, template) => {
      const { modelId, vector } = template.embedding;
      let member = members.get(person.id);
      if (!member) {
        const { id: personId, customerId, customerPersonId } = person;
        const owner = ++owners;
        member = { personId, customerId, customerPersonId, owner, templates: NONE, otherModel: NONE };
        members.set(person.id, member);
        personsOf.set(person.customerId, (personsOf.get(person.customerId) ?? 0) + 1);
      }
      if (modelId !== embedderId) {
        if (member.otherModel.includes(template.id)) return;
        member.otherModel = [...member.otherModel, template.id];
        otherModel++;
        return;
      }
      if (member.templates.some(({ templateId }) => templateId === template.id)) return;
      assertVector(vector, dimension(), { unit: true });
      const located = {
        templateId: template.id,
        personId: person.id,
        customerPersonId: person.customerPersonId,
        norm: template.norm,
        owner: member.owner,
        row: 0,
      };
      rowsFor(person.customerId, vector.length).add(vector, located);
      member.templates = [...member.templates, located];
    },

    removePerson: personId => {
      const member = members.get(personId);
      if (!member) return;
      const rows = rowsOf.get(member.customerId);
      for (const located of member.templates) rows?.remove(located);
      otherModel -= member.otherModel.length;
      members.delete(personId);
      personsOf.set(member.customerId, personsOf.get(member.customerId)! - 1);
    },

    has: personId => members.has(personId),
    searchable: personId => members.get(personId)?.templates.length ?? 0,

    unsearchable: customerId => {
      let count = 0;
      for (const member of members.values())
        if (member.customerId === customerId && member.templates.length === 0) count++;
      return count;
    },

    check: embedding => {
      assertModel(embedding, embedderId);
      assertVector(embedding.vector, dimension(), { unit: true });
    },

    search: async (customerId, probe, personId) => {
      assertModel(probe, embedderId);
      assertVector(probe.vector, dimension(), { unit: false });
      const rows = rowsOf.get(customerId);
      if (!rows || !shared) return createTopTwo().match();
      if (personId === undefined) return shared.queue.search(rows, probe.vector);
      const top = createTopTwo();
      const vector = Float64Array.from(probe.vector);
      const member = members.get(personId);
      if (member?.customerId === customerId)
        for (const located of member.templates) top.offer(located, rows.dot(located, vector));
      return top.match();
    },

    list: (customerId, maxTemplates) => {
      const all = [...members.values()].filter(member => member.customerId === customerId);
      const templates = rowsOf.get(customerId)?.count ?? 0;
      const listed = everyKth(all, templates, maxTemplates);
      return {
        persons: listed.map(({ personId, customerPersonId, templates, otherModel }) => ({
          personId,
          customerPersonId,
          templates: templates.map(({ templateId, norm }) => ({ templateId, norm })),
          otherModel: otherModel.length,
        })),
        dimension: dimension() ?? 0,
        total: {
          persons: all.length,
          templates,
          otherModel: all.reduce((sum, member) => sum + member.otherModel.length, 0),
        },
      };
    },

    copyVector: (personId, templateId, target, at) => {
      const member = members.get(personId);
      const located = member?.templates.find(each => each.templateId === templateId);
      if (!member || !located) return false;
      rowsOf.get(member.customerId)?.copy(located, target, at);
      return true;
    },

    persons: customerId => personsOf.get(customerId) ?? 0,
    size: () => ({
      persons: members.size,
      templates: [...rowsOf.values()].reduce((sum, rows) => sum + rows.count, 0),
      otherModel,
    }),
    close: async () => shared?.thread.close(),
  };
}

/** One for all members without. */
const NONE: readonly never[] = [];

/** All members, or as many at even distances as have at most `maxTemplates` templates together. */
function everyKth(members: readonly Member[], templates: number, maxTemplates: number): readonly Member[] {
  if (templates <= maxTemplates) return members;
  const step = templates / maxTemplates;
  const listed: Member[] = [];
  let left = maxTemplates;
  for (let at = 0; at < members.length; at += step) {
    const member = members[Math.floor(at)]!;
    if (member.templates.length > left) break;
    left -= member.templates.length;
    listed.push(member);
  }
  return listed;
}

function assertModel({ modelId }: Embedding, embedderId: string): void {
  if (modelId === embedderId) return;
  throw new FacegateError(
    'internal',
    `An embedding is of model ${modelId}, the gallery's are of ${embedderId}.`,
  );
}

/** Lets a zero vector pass as a probe: it is similar to nobody. */
function assertVector(
  vector: Float32Array,
  dimension: number | undefined,
  { unit }: { unit: boolean },
): void {
  if (vector.length === 0 || vector.length % 4 !== 0 || vector.length !== (dimension ?? vector.length))
    throw new FacegateError('internal', `An embedding has ${vector.length} values, expected ${dimension}.`);
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i] * vector[i];
  if (!(squares <= 1 + TOLERANCE) || (unit && squares < 1 - TOLERANCE))
    throw new FacegateError('internal', 'An embedding is not of unit length.');
}

const TOLERANCE = 1e-3;
