import type { Template } from '../../src/domain/person.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { defaultKeySource, openKeyring } from '../../src/store/keys/keyring.ts';
import { openEnvironment } from '../../src/store/lmdb/environment.ts';
import { ownedKey } from '../../src/store/records/key.ts';
import { createPersonRecords, slotOf, templatesOf } from '../../src/store/records/person-record.ts';
import { createSealing } from '../../src/store/records/sealed-record.ts';
import { openCounterTable } from '../../src/store/tables/counter-table.ts';
import { ROOMY } from './temporary-store.ts';

/** Makes the closed store in `dir` one of schema 2 with the same contents: each template in a row of its own. */
export async function toSchema2(dir: string): Promise<void> {
  const onFatal = (error: Error) => {
    throw error;
  };
  const environment = openEnvironment({ dir, log: silentLogger, onFatal, space: () => ROOMY });
  const { secrets, persons: keys, ...keyring } = openKeyring(dir, defaultKeySource(dir), { isNew: false });
  const [persons, templates] = ['persons', 'templates'].map(name => environment.table(name));
  const records = createPersonRecords();
  const [personSealing, templateSealing] = ['persons', 'templates'].map(name => createSealing(name));
  await environment.write(() => {
    for (const { key: ref, value } of [...persons.entries()]) {
      const slot = slotOf(value);
      const key = keys.read(slot)!;
      const stored = records.open({ ref, key }, value);
      const sealed = personSealing.sealJson(ref, key, { seq: SEQ, person: stored.person });
      persons.put(ref, oldPerson(slot, sealed));
      for (const template of templatesOf(stored)) {
        const templateKey = ownedKey(ref, secrets.templateRef(template.id));
        templates.put(templateKey, templateSealing.seal(templateKey, key, oldTemplate(template)));
      }
    }
    openCounterTable(environment).set('schema', 2);
  });
  await environment.close();
  await keyring.close();
}

/** Which change wrote a person last is read by nobody yet. */
const SEQ = 1;

function oldPerson(slot: number, sealed: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(slot, 0);
  return Buffer.concat([head, sealed]);
}

/** Little endian: version, lengths of the ids, dimension, norm, the ids, the vector. */
function oldTemplate({ id, personId, customerId, norm, embedding }: Template): Buffer {
  const { modelId, vector } = embedding;
  const ids = [customerId, modelId, id, personId].map(text => Buffer.from(text, 'utf8'));
  const [customer, model, own, person] = ids;
  const header = Buffer.alloc(18);
  header.writeUInt8(2, 0);
  header.writeUInt8(customer.length, 1);
  header.writeUInt16LE(model.length, 2);
  header.writeUInt32LE(vector.length, 4);
  header.writeDoubleLE(norm, 8);
  header.writeUInt8(own.length, 16);
  header.writeUInt8(person.length, 17);
  return Buffer.concat([header, ...ids, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)]);
}
