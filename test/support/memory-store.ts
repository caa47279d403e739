import { FacegateError } from '../../src/domain/errors.ts';
import type { FaceEvent } from '../../src/domain/event.ts';
import type { Person, Template } from '../../src/domain/person.ts';
import type { ActName } from '../../src/store/audit/audit-chain.ts';
import { createReceipts } from '../../src/store/audit/receipt.ts';
import {
  assertWhole,
  type GalleryChange,
  type ReplaceTemplates,
  withReplaced,
} from '../../src/store/changes/change.ts';
import { customerPersonKey } from '../../src/store/keys/customer-person-id.ts';
import type { Store } from '../../src/store/store.ts';
import type { Consent } from '../../src/store/tables/visit-table.ts';
import { createMemoryAudit, MEMORY_SECRETS } from './memory-audit.ts';
import { createMemoryBounds } from './memory-outbox.ts';
import { createMemoryPosts } from './memory-posts.ts';
import { createMemorySnapshots } from './memory-snapshots.ts';
import { createMemoryTokens } from './memory-tokens.ts';

/** A store without a disk for tests of other parts; the contract suite holds it to the same cases as the real one. */
export function createMemoryStore({
  webhookDoors = new Set(),
}: {
  webhookDoors?: ReadonlySet<string>;
} = {}): Store {
  const persons = new Map<string, Person>();
  const templates = new Map<string, Template>();
  const deleted = new Set<string>();
  const images = new Map<string, Uint8Array>();
  const stays = new Map<string, Set<string>>();
  const operations = new Map<string, number>();
  const outbox = new Map<number, FaceEvent>();
  const history = new Map<number, FaceEvent>();
  const consents = new Map<string, Consent>();
  const audit = createMemoryAudit();
  const posts = createMemoryPosts(webhookDoors);
  let outboxSeq = 0;
  let clock: ReturnType<Store['clock']['recall']> = {};

  const find = (customerId: string, customerPersonId: string): Person | undefined => {
    customerPersonKey(customerPersonId);
    return [...persons.values()].find(
      each => each.customerId === customerId && each.customerPersonId === customerPersonId,
    );
  };

  const ordered = (customerId: string): Person[] =>
    [...persons.values()]
      .filter(person => person.customerId === customerId)
      .sort((a, b) => compareIds(a.customerPersonId, b.customerPersonId));

  const templateIdsOf = (personId: string): string[] =>
    [...templates.values()].filter(template => template.personId === personId).map(template => template.id);

  const put = (change: Extract<GalleryChange, { kind: 'put_person' }>): void => {
    const { person } = change;
    if (deleted.has(person.id))
      throw new FacegateError('person_not_found', 'This person was deleted; enroll them anew.');
    const holder = find(person.customerId, person.customerPersonId);
    if (holder && holder.id !== person.id)
      throw new FacegateError('internal', 'Another person holds this id.');
    const before = persons.get(person.id);
    assertWhole(change, before);
    for (const template of change.templates)
      if (!templates.has(template.id)) templates.set(template.id, template);
    for (const { templateId, bytes } of change.keptImages ?? []) images.set(templateId, bytes.slice());
    persons.set(person.id, person);
    if (change.consent) consents.set(person.id, change.consent);
    note(change, before ? 'person.update' : 'person.enroll', person);
  };

  const replace = (change: ReplaceTemplates): void => {
    const before = persons.get(change.personId);
    if (!before) throw new FacegateError('person_not_found', 'This person was deleted; enroll them anew.');
    persons.set(before.id, withReplaced(before, change));
    note(change, 'person.reembed', before);
    for (const { oldId, template } of change.replacements) {
      templates.set(template.id, template);
      templates.delete(oldId);
      const image = images.get(oldId);
      if (image) images.set(template.id, image);
      images.delete(oldId);
    }
  };

  const note = ({ at, by = 'system:store' }: GalleryChange, act: ActName, person: Person): void => {
    const { customerId, customerPersonId } = person;
    audit.note({ at, act, by, customerId, customerPersonIds: [customerPersonId] });
  };

  const erase = (change: Extract<GalleryChange, { kind: 'delete_person' }>): void => {
    const { personId } = change;
    const person = persons.get(personId);
    if (person) note(change, 'person.delete', person);
    persons.delete(personId);
    consents.delete(personId);
    stays.delete(personId);
    for (const id of templateIdsOf(personId)) {
      templates.delete(id);
      images.delete(id);
    }
    for (const events of [outbox, history])
      for (const [seq, event] of events) if (personIdOf(event) === personId) events.delete(seq);
    deleted.add(personId);
  };

  return {
    persons: {
      get: personId => persons.get(personId),
      find,
      list: (customerId, { after, limit }) => {
        const rest = ordered(customerId).filter(
          person => after === undefined || compareIds(person.customerPersonId, after) > 0,
        );
        const page = rest.slice(0, limit);
        return rest.length > limit
          ? { persons: page, next: page.at(-1)!.customerPersonId }
          : { persons: page };
      },
      count: customerId => ordered(customerId).length,
      all: () => persons.values(),
      some: () => ({ persons: [...persons.values()] }),
    },
    templates: {
      all: () => templates.values(),
      of: personId => [...templates.values()].filter(template => template.personId === personId),
    },
    everyone: async visit => {
      for (const person of persons.values())
        visit(
          person,
          [...templates.values()].filter(({ personId }) => personId === person.id),
        );
    },
    images: { get: (_personId, templateId) => images.get(templateId), count: () => images.size },
    visits: { lastSeen: () => undefined, consent: personId => consents.get(personId) },
    stays: {
      at: door => [...stays].filter(([, doors]) => doors.has(door)).map(([personId]) => personId),
      over: async (door, personIds) => {
        for (const personId of personIds) stays.get(personId)?.delete(door);
      },
    },
    receipts: createReceipts(MEMORY_SECRETS),
    audit,
    progress: () => ({ pendingMs: 0, sinceDurableMs: 0, free: 2 ** 40, isFull: false }),
    probe: async () => undefined,
    rotateKey: async by => {
      audit.note({ at: 1, act: 'key.rotate', by });
      return { keyId: '0'.repeat(16) };
    },
    tokens: createMemoryTokens(),
    outbox: {
      append: async build => {
        const event = build(outboxSeq + 1);
        const personId = personIdOf(event);
        if (personId !== undefined && !persons.has(personId)) return undefined;
        outboxSeq++;
        outbox.set(outboxSeq, event);
        if (personId !== undefined && event.type === 'door_decision' && event.decision === 'grant')
          stays.set(personId, (stays.get(personId) ?? new Set()).add(event.door));
        history.set(outboxSeq, event);
        posts.add(event);
        return event;
      },
      raise: async seq => {
        outboxSeq = Math.max(seq, outboxSeq);
      },
      read: (afterSeq, limit) =>
        [...outbox]
          .filter(([seq]) => seq > afterSeq)
          .slice(0, limit)
          .map(([, event]) => event),
      remove: async seqs => {
        for (const seq of seqs) outbox.delete(seq);
      },
      ...createMemoryBounds(outbox),
    },
    posts,
    clock: {
      recall: () => clock,
      remember: async memory => {
        clock = memory;
      },
    },
    history: {
      page: ({ after, limit, personId }) => {
        const rows = [...history.values()]
          .filter(event => event.seq > after && (!personId || personIdOf(event) === personId))
          .slice(0, limit);
        return { events: rows, ...(rows.length === limit && { next: rows.at(-1)!.seq }) };
      },
      lastSeq: () => outboxSeq,
      prune: async before => {
        const old = [...history].filter(([, event]) => Date.parse(event.decided_at) < before);
        for (const [seq] of old) history.delete(seq);
        return old.length;
      },
      count: () => history.size,
    },
    snapshots: createMemorySnapshots(history),
    apply: async change => {
      const applied = operations.get(change.opId);
      if (applied !== undefined) return { seq: applied };
      if (change.kind === 'put_person') put(change);
      else if (change.kind === 'replace_templates') replace(change);
      else erase(change);
      const seq = operations.size + 1;
      operations.set(change.opId, seq);
      return { seq };
    },
    backup: async () => undefined,
    close: async () => undefined,
  };
}

function personIdOf(event: FaceEvent): string | undefined {
  return 'person' in event ? event.person.miicloud_person_id : undefined;
}

function compareIds(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
