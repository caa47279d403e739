import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { deleteChange, embeddingOf, newPersonChange } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';

/** Ids that have broken stores elsewhere; all are valid and all differ. */
const HOSTILE = [
  '../x',
  '..',
  '/',
  'a/b',
  'a\0b',
  '\0',
  'a',
  'a\x01',
  '__proto__',
  'constructor',
  'line\r\nbreak',
  '\u202egnp.x',
  'caf\u00e9',
  'cafe\u0301',
  '\u{1f600}',
  '\uffff',
  ' ',
  '%00',
  'x'.repeat(128),
  '\u20ac'.repeat(128),
];

/** What any store must do with persons and templates. */
export function describePersons(name: string, open: () => Promise<Store>): void {
  describe(`persons in ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const templateIds = () => [...store.templates.all()].map(template => template.id).sort();

    it('are found by either id once the change has resolved', async () => {
      const change = newPersonChange('p1', [1, 2]);
      await store.apply(change);
      expect(store.persons.get(change.person.id)).toEqual(change.person);
      expect(store.persons.find('default', 'p1')).toEqual(change.person);
      expect(store.persons.find('other', 'p1')).toBeUndefined();
      expect([...store.persons.all()]).toEqual([change.person]);
    });

    it('keep their templates to the last bit', async () => {
      const change = newPersonChange('p1', [1, 2]);
      await store.apply(change);
      const byId = new Map([...store.templates.all()].map(template => [template.id, template]));
      expect(byId.size).toBe(2);
      for (const template of change.templates) expect(byId.get(template.id)).toEqual(template);
    });

    it.each(HOSTILE)('take the id %j as it is', async id => {
      const before = newPersonChange('a-neighbour');
      const change = newPersonChange(id);
      await store.apply(before);
      await store.apply(change);
      expect(store.persons.find('default', id)?.id).toBe(change.person.id);
      await store.apply(deleteChange(change.person.id));
      expect(store.persons.find('default', id)).toBeUndefined();
      expect(store.persons.find('default', 'a-neighbour')?.id).toBe(before.person.id);
    });

    it('refuse an id that is empty, too long or no valid Unicode', async () => {
      for (const id of ['', 'x'.repeat(129), 'a\ud800', '\udfffb']) {
        await expect(store.apply(newPersonChange(id))).rejects.toMatchObject({ code: 'invalid_request' });
        expect(() => store.persons.find('default', id)).toThrow(/customer_person_id/);
      }
    });

    it('are listed page by page in the order of their bytes, each once and no other customer', async () => {
      for (const id of HOSTILE) await store.apply(newPersonChange(id));
      for (const customer of ['defaul', 'default1', 'default-'])
        await store.apply(newPersonChange('p', [1], customer));
      const listed: string[] = [];
      for (let after: string | undefined, more = true; more; ) {
        const page = store.persons.list('default', { limit: 3, ...(after !== undefined && { after }) });
        expect(page.persons.length).toBeLessThanOrEqual(3);
        listed.push(...page.persons.map(person => person.customerPersonId));
        after = page.next;
        more = after !== undefined;
      }
      expect(listed).toEqual([...HOSTILE].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      expect(store.persons.count('default')).toBe(HOSTILE.length);
      expect(store.persons.count('nobody')).toBe(0);
    });

    it('change once per operation, however often it is sent', async () => {
      const change = newPersonChange('p1');
      const later = { ...newPersonChange('p2'), opId: change.opId };
      const { seq } = await store.apply(change);
      expect(await store.apply(change)).toEqual({ seq });
      expect(await store.apply(later)).toEqual({ seq });
      expect(store.persons.find('default', 'p2')).toBeUndefined();
      expect((await store.apply(newPersonChange('p3'))).seq).toBe(seq + 1);
    });

    it('number concurrent changes one by one', async () => {
      const changes = Array.from({ length: 20 }, (_, i) => newPersonChange(`p${i}`));
      const results = await Promise.all(changes.map(change => store.apply(change)));
      expect(results.map(result => result.seq).sort((a, b) => a - b)).toEqual(changes.map((_, i) => i + 1));
    });

    it('gain an image without losing the others', async () => {
      const first = newPersonChange('p1', [1]);
      await store.apply(first);
      const [added] = newPersonChange('p1', [2]).templates;
      const template = { ...added!, personId: first.person.id };
      const image = { templateId: template.id, name: 'enroll/b.jpg', createdAtMicros: 9 };
      const person = { ...first.person, images: [...first.person.images, image] };
      await store.apply({ ...first, opId: 'second', person, templates: [template] });
      expect(store.persons.find('default', 'p1')).toEqual(person);
      expect(templateIds()).toEqual([first.templates[0]!.id, template.id].sort());
    });

    it('keep an image as it was, though its memory is given back once the change is durable', async () => {
      const ada = newPersonChange('ada', [1]);
      const templateId = ada.templates[0]!.id;
      const memory = new ArrayBuffer(3, { maxByteLength: 8 });
      const bytes = new Uint8Array(memory);
      bytes.set([1, 2, 3]);
      await store.apply({ ...ada, keptImages: [{ templateId, bytes }] });
      memory.resize(0);
      expect([...store.images.get(ada.person.id, templateId)!]).toEqual([1, 2, 3]);
    });

    it('never change a template that is stored', async () => {
      const first = newPersonChange('p1', [1]);
      await store.apply(first);
      const forged = first.templates.map(template => ({ ...template, embedding: embeddingOf(99) }));
      await store.apply({ ...first, opId: 'second', templates: forged });
      expect([...store.templates.all()]).toEqual(first.templates);
    });

    it('are gone with templates and waiting events once deleted', async () => {
      const [ada, bob] = [newPersonChange('ada', [1, 2]), newPersonChange('bob', [3])];
      await store.apply(ada);
      await store.apply(bob);
      await store.outbox.append(seq => eventOf(seq, ada.person));
      await store.outbox.append(seq => eventOf(seq, bob.person));
      await store.outbox.append(seq => eventOf(seq));
      await store.apply(deleteChange(ada.person.id));
      expect(store.persons.get(ada.person.id)).toBeUndefined();
      expect(store.persons.find('default', 'ada')).toBeUndefined();
      expect(templateIds()).toEqual(bob.templates.map(template => template.id));
      expect(store.outbox.read(0, 10).map(event => event.seq)).toEqual([2, 3]);
    });

    it('stay deleted for ever, also where the delete came first', async () => {
      const [ada, bob] = [newPersonChange('ada'), newPersonChange('bob')];
      await store.apply(ada);
      for (const { person } of [ada, bob, ada]) await store.apply(deleteChange(person.id));
      for (const change of [ada, bob])
        await expect(store.apply({ ...change, opId: `${change.opId}-again` })).rejects.toMatchObject({
          code: 'person_not_found',
        });
      expect([...store.persons.all()]).toEqual([]);
      expect(templateIds()).toEqual([]);
      await store.apply(newPersonChange('ada'));
      expect(store.persons.find('default', 'ada')?.id).not.toBe(ada.person.id);
    });

    it('are not torn by a change that contradicts itself', async () => {
      const whole = newPersonChange('p1', [1, 2]);
      const [first, second] = whole.templates;
      const torn = [
        { ...whole, templates: [first!] },
        { ...whole, person: { ...whole.person, images: whole.person.images.slice(1) } },
        { ...whole, templates: [first!, { ...second!, personId: 'someone-else' }] },
        { ...whole, templates: [first!, { ...second!, customerId: 'other' }] },
      ];
      for (const change of torn)
        await expect(store.apply({ ...change, opId: 'torn' })).rejects.toMatchObject({ code: 'internal' });
      expect([...store.persons.all()]).toEqual([]);
      expect(templateIds()).toEqual([]);
      expect((await store.apply({ ...whole, opId: 'torn' })).seq).toBe(1);
    });

    it('keep their id to themselves and for good', async () => {
      const ada = newPersonChange('ada');
      await store.apply(ada);
      await expect(store.apply(newPersonChange('ada'))).rejects.toMatchObject({ code: 'internal' });
      const renamed = { ...ada, opId: 'renamed', person: { ...ada.person, customerPersonId: 'eve' } };
      await expect(store.apply(renamed)).rejects.toMatchObject({ code: 'internal' });
      expect([...store.persons.all()]).toEqual([ada.person]);
    });
  });
}
