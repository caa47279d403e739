import { FacegateError } from '../../domain/errors.ts';
import type { Person } from '../../domain/person.ts';
import type { Logger } from '../../platform/logger.ts';
import type { PersonKeys } from '../keys/person-keys.ts';
import type { Environment } from '../lmdb/environment.ts';
import { createDamage } from '../records/damage.ts';
import { idKey, ownedRange } from '../records/key.ts';
import {
  createPersonRecords,
  type Owner,
  PERSONS,
  type StoredPerson,
  type StoredTemplate,
  slotOf,
} from '../records/person-record.ts';
import { openJson, sealJson } from '../records/record.ts';
import { createSealing } from '../records/sealed-record.ts';
import { openCounterTable } from './counter-table.ts';
import { SCHEMA_VERSION } from './schema.ts';

/** Persons in one transaction, so that little is in memory, and the pages that one frees serve the next. */
const AT_ONCE = 200;
const TEMPLATES = 'templates';
/** In the table `meta` while it is under way: the reference of the last person who was brought over. */
const MIGRATED_TO = idKey('migrated_to');

/**
 * Brings a store of schema 2, which kept each template in a row of its own, to that of now. Ended by whatever, it goes on at the next start.
 * Every record is opened before the first is changed: throws `internal`, and nothing is changed, where one is damaged or persons and
 * templates do not fit together. Throws `storage_full`.
 */
export async function migrateSchema2(
  environment: Environment,
  keys: Pick<PersonKeys, 'read'>,
  log: Logger,
): Promise<void> {
  const [persons, templates, meta] = [PERSONS, TEMPLATES, 'meta'].map(name => environment.table(name));
  const read = openOldPersons(environment, keys);
  const records = createPersonRecords();
  const record = meta.get(MIGRATED_TO);
  let after: Buffer | undefined = record && Buffer.from(openJson<string>(record, 'meta'), 'hex');
  const behind = (limit?: number) =>
    persons.entries({ ...(after && { after }), ...(limit !== undefined && { limit }) });

  const damage = createDamage(PERSONS);
  let rows = 0;
  for (const { key, value } of behind())
    rows += damage.open(() => read(key, value))?.templateKeys.length ?? 0;
  damage.assertNone();
  if (rows !== templates.count())
    throw new FacegateError('internal', 'A template belongs to nobody; restore a backup.');

  log.info({ persons: persons.count(), schema: SCHEMA_VERSION }, 'The store is brought to another schema.');
  for (let some = [...behind(AT_ONCE)]; some.length > 0; some = [...behind(AT_ONCE)]) {
    const last = some[some.length - 1].key;
    await environment.write(
      () => {
        for (const { key, value } of some) {
          const { owner, seq, stored, templateKeys } = read(key, value);
          persons.put(key, records.seal(owner, slotOf(value), seq, stored));
          for (const templateKey of templateKeys) templates.remove(templateKey);
        }
        meta.put(MIGRATED_TO, sealJson(last.toString('hex')));
      },
      { needsRoom: true },
    );
    after = last;
  }
  await environment.write(() => {
    openCounterTable(environment).set('schema', SCHEMA_VERSION);
    meta.remove(MIGRATED_TO);
  });
}

/** What schema 2 held of a person. */
interface OldPerson {
  readonly owner: Owner;
  readonly seq: number;
  readonly stored: StoredPerson;
  readonly templateKeys: readonly Buffer[];
}

/**
 * Reads tables `persons` (reference -> slot of the key u32, sealed JSON) and `templates` (references of person and template -> sealed template).
 * What it returns throws `internal` for damaged records, and such as do not fit together.
 */
function openOldPersons(environment: Environment, keys: Pick<PersonKeys, 'read'>) {
  const [templates, images] = [TEMPLATES, 'images'].map(name => environment.table(name));
  const [personSealing, templateSealing] = [PERSONS, TEMPLATES].map(name => createSealing(name));

  return (ref: Buffer, record: Buffer): OldPerson => {
    const slot = slotOf(record);
    const key = keys.read(slot);
    if (!key)
      throw new FacegateError('internal', 'The key of a person is missing or damaged; restore a backup.');
    const sealed = record.subarray(SLOT_BYTES);
    const { seq, person } = personSealing.openJson<{ seq: number; person: Person }>(ref, key, sealed);
    const rows = [...templates.entries(ownedRange(ref))];
    const own = rows.map(row => ({
      ...templateIn(templateSealing.open(row.key, key, row.value)),
      hasImage: images.has(row.key),
    }));
    assertTheirs(person, own);
    if (images.countKeys(ownedRange(ref)) !== own.filter(({ hasImage }) => hasImage).length)
      throw new FacegateError('internal', 'A kept image belongs to no template; restore a backup.');
    const templateKeys = rows.map(row => row.key);
    return { owner: { ref, key }, seq, stored: { person, templates: own }, templateKeys };
  };
}

interface OldTemplate extends StoredTemplate {
  readonly personId: string;
  readonly customerId: string;
}

function assertTheirs({ id, customerId, images }: Person, templates: readonly OldTemplate[]): void {
  const isTheirs = (template: OldTemplate) =>
    template.personId === id &&
    template.customerId === customerId &&
    images.some(({ templateId }) => templateId === template.id);
  if (templates.length === images.length && templates.every(isTheirs)) return;
  throw new FacegateError('internal', 'A person has not the templates of their images; restore a backup.');
}

const SLOT_BYTES = 4;
const HEADER_BYTES = 18;

/**
 * A template of these bytes, little endian: version u8, bytes of the customer id u8, bytes of the model id u16, dimension u32, norm f64,
 * bytes of the template's and of the person's id u8 each, those four ids in UTF-8 (customer, model, template, person), the vector in float32.
 */
function templateIn(bytes: Buffer): Omit<OldTemplate, 'hasImage'> {
  let at = HEADER_BYTES;
  const next = (length: number): string => {
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const customerId = next(bytes.readUInt8(1));
  const modelId = next(bytes.readUInt16LE(2));
  const id = next(bytes.readUInt8(16));
  const personId = next(bytes.readUInt8(17));
  const values = bytes.subarray(at, at + bytes.readUInt32LE(4) * Float32Array.BYTES_PER_ELEMENT);
  return { id, personId, customerId, modelId, values, norm: bytes.readDoubleLE(8) };
}
