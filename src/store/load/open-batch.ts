import { FacegateError } from '../../domain/errors.ts';
import { deriveSecrets, REF_BYTES } from '../keys/secrets.ts';
import { createSlotReader, type KeyMaterial } from '../keys/slot-file.ts';
import { createDamage, type DamageCount } from '../records/damage.ts';
import { createPersonRecords, PERSONS, type StoredPerson, slotOf } from '../records/person-record.ts';
import { type PersonBatch, type PersonRow, rowsOf, vectorsIn } from './person-batch.ts';

/** What a search needs of the persons of a batch, in few pieces: they pass between threads quickly. */
export interface OpenedBatch {
  /** Id, customer, and the customer's own id of each person. */
  readonly persons: readonly string[];
  /** What stands for each person in keys. */
  readonly refs: Uint8Array<ArrayBuffer>;
  /** The key of each person's row in the list of their customer. */
  readonly listKeys: Uint8Array<ArrayBuffer>;
  /** The slot of each person's key. */
  readonly slots: Uint32Array<ArrayBuffer>;
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
  readonly damage: DamageCount;
}

/**
 * Opens batches with the keys of a store, and puts the vectors in them where the batch has room for them. Whose record is damaged is counted
 * and left out.
 */
export type BatchOpener = (batch: Pick<PersonBatch, 'memory' | 'length'>) => OpenedBatch;

/** Bytes of the key of a row in the list of a customer. */
export const LIST_KEY_BYTES = 2 * REF_BYTES;

/** An opener with these keys. */
export function createBatchOpener(material: KeyMaterial): BatchOpener {
  const secrets = deriveSecrets(Buffer.from(material.secret));
  const keyAt = createSlotReader(material);
  const records = createPersonRecords();

  const open = ({ ref, record }: PersonRow): StoredPerson => {
    const key = keyAt(slotOf(record));
    if (key) return records.open({ ref, key }, record);
    throw new FacegateError('internal', 'The key of a person is missing or damaged; restore a backup.');
  };

  return batch => {
    const rows = [...rowsOf(batch)];
    const damage = createDamage(PERSONS);
    const persons: string[] = [];
    const refs = new Uint8Array(rows.length * REF_BYTES);
    const listKeys = new Uint8Array(rows.length * LIST_KEY_BYTES);
    const slots = new Uint32Array(rows.length);
    const counts: number[] = [];
    const templates: string[] = [];
    const models: number[] = [];
    const modelIds: string[] = [];
    const norms: number[] = [];
    const dimensions: number[] = [];
    const vectors = vectorsIn(batch);
    const values = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
    let end = 0;
    for (const row of rows) {
      const opened = damage.open(() => open(row));
      if (!opened) continue;
      const { id, customerId, customerPersonId } = opened.person;
      refs.set(row.ref, counts.length * REF_BYTES);
      listKeys.set(secrets.customerPersonRef(customerId, customerPersonId), counts.length * LIST_KEY_BYTES);
      slots[counts.length] = slotOf(row.record);
      persons.push(id, customerId, customerPersonId);
      counts.push(opened.templates.length);
      for (const template of opened.templates) {
        const { modelId } = template;
        if (!modelIds.includes(modelId)) modelIds.push(modelId);
        templates.push(template.id);
        models.push(modelIds.indexOf(modelId));
        norms.push(template.norm);
        dimensions.push(template.values.length / Float32Array.BYTES_PER_ELEMENT);
        values.set(template.values, end);
        end += template.values.length;
      }
    }
    const about = { persons, refs, listKeys, slots, counts, templates, models, modelIds, norms, dimensions };
    return { ...about, damage: damage.count() };
  };
}
