import { FacegateError } from '../../domain/errors.ts';
import type { Person } from '../../domain/person.ts';
import { deriveSecrets, REF_BYTES } from '../keys/secrets.ts';
import { createSlotReader, type KeyMaterial } from '../keys/slot-file.ts';
import { createDamage, type Damage, type DamageCount } from '../records/damage.ts';
import { createPersonRecords, type Owner, PERSONS, slotOf } from '../records/person-record.ts';
import { createTemplateRecords, type StoredTemplate, TEMPLATES } from '../records/template-record.ts';
import { type PersonBatch, type PersonRows, rowsOf, vectorsIn } from './person-batch.ts';

/** What a search needs of the persons of a batch, in few pieces: they pass between threads quickly. */
export interface OpenedBatch {
  /** Id, customer, and the customer's own id of each person. */
  readonly persons: readonly string[];
  /** What stands for each person in keys. */
  readonly refs: Uint8Array<ArrayBuffer>;
  /** The key of each person's row in the list of their customer. */
  readonly listKeys: Uint8Array<ArrayBuffer>;
  /** How many templates each person has. */
  readonly counts: readonly number[];
  /** The id of each template. */
  readonly templates: readonly string[];
  /** Which of `modelIds`, which are few, each template is of. */
  readonly models: readonly number[];
  readonly modelIds: readonly string[];
  readonly norms: readonly number[];
  /** How many of the values in the batch are each template's. */
  readonly dimensions: readonly number[];
  readonly damage: { readonly persons: DamageCount; readonly templates: DamageCount };
}

/**
 * Opens batches with the keys of a store, and puts the vectors in them where the batch has room for them. Whose records are damaged, or do not
 * fit together, is counted and left out.
 */
export type BatchOpener = (batch: Pick<PersonBatch, 'memory' | 'length'>) => OpenedBatch;

/** Bytes of the key of a row in the list of a customer. */
export const LIST_KEY_BYTES = 2 * REF_BYTES;

/** An opener with these keys. */
export function createBatchOpener(material: KeyMaterial): BatchOpener {
  const secrets = deriveSecrets(Buffer.from(material.secret));
  const keyAt = createSlotReader(material);
  const personRecords = createPersonRecords();
  const templateRecords = createTemplateRecords();
  /** Of one template after the other. */
  const key = Buffer.alloc(2 * REF_BYTES);

  const ownerOf = ({ ref, record }: PersonRows): Owner => {
    const own = keyAt(slotOf(record));
    if (own) return { ref, key: own };
    throw new FacegateError('internal', 'The key of a person is missing or damaged; restore a backup.');
  };

  const openPerson = (rows: PersonRows, damage: Record<'persons' | 'templates', Damage>) => {
    let known: Owner | undefined;
    const owner = () => {
      known ??= ownerOf(rows);
      return known;
    };
    const templates: StoredTemplate[] = [];
    key.set(rows.ref);
    for (const { ref, record } of rows.templates) {
      key.set(ref, REF_BYTES);
      const template = damage.templates.open(() => templateRecords.open(owner(), key, record));
      if (template) templates.push(template);
    }
    const isWhole = templates.length === rows.templates.length;
    const person = damage.persons.open(() => {
      const opened = personRecords.open(owner(), rows.record);
      if (isWhole) assertTheirs(opened, templates);
      return opened;
    });
    return person && { ref: rows.ref, person, templates };
  };

  return batch => {
    const damage = { persons: createDamage(PERSONS), templates: createDamage(TEMPLATES) };
    const opened = [];
    for (const rows of rowsOf(batch)) {
      const whole = openPerson(rows, damage);
      if (whole) opened.push(whole);
    }
    const persons: string[] = [];
    const templates: StoredTemplate[] = [];
    const refs = new Uint8Array(opened.length * REF_BYTES);
    const listKeys = new Uint8Array(opened.length * LIST_KEY_BYTES);
    for (const [at, { ref, person, templates: own }] of opened.entries()) {
      const { id, customerId, customerPersonId } = person;
      persons.push(id, customerId, customerPersonId);
      refs.set(ref, at * REF_BYTES);
      listKeys.set(secrets.customerPersonRef(customerId, customerPersonId), at * LIST_KEY_BYTES);
      templates.push(...own);
    }
    putVectors(templates, vectorsIn(batch));
    const modelIds = [...new Set(templates.map(({ modelId }) => modelId))];
    return {
      persons,
      refs,
      listKeys,
      counts: opened.map(each => each.templates.length),
      templates: templates.map(({ id }) => id),
      models: templates.map(({ modelId }) => modelIds.indexOf(modelId)),
      modelIds,
      norms: templates.map(({ norm }) => norm),
      dimensions: templates.map(({ values }) => values.length / Float32Array.BYTES_PER_ELEMENT),
      damage: { persons: damage.persons.count(), templates: damage.templates.count() },
    };
  };
}

function assertTheirs({ id, customerId, images }: Person, templates: readonly StoredTemplate[]): void {
  const isTheirs = (template: StoredTemplate) =>
    template.personId === id &&
    template.customerId === customerId &&
    images.some(({ templateId }) => templateId === template.id);
  if (templates.length === images.length && templates.every(isTheirs)) return;
  throw new FacegateError('internal', 'A person has not the templates of their images; restore a backup.');
}

function putVectors(templates: readonly StoredTemplate[], target: Float32Array): void {
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  let at = 0;
  for (const { values } of templates) {
    bytes.set(values, at);
    at += values.length;
  }
}
