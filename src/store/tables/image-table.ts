import { FacegateError } from '../../domain/errors.ts';
import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { ownedKey, ownedRange } from '../records/key.ts';
import type { Owner } from '../records/person-record.ts';
import { createSealing } from '../records/sealed-record.ts';
import type { PersonTable } from './person-table.ts';

/** The image of a template as it was uploaded: JPEG, PNG or WebP bytes. */
export interface KeptImage {
  readonly templateId: string;
  readonly bytes: Uint8Array;
}

/** What may be read of the kept images. */
export interface ImageReader {
  /** Undefined where the image was not kept. Throws `internal` where it was and cannot be opened. */
  get(personId: string, templateId: string): Uint8Array | undefined;
  count(): number;
}

/** The table of kept images; writes only inside a transaction. */
export interface ImageTable extends ImageReader {
  put(owner: Owner, image: KeptImage): void;
  /** The image goes from one template to the next of the same person. */
  move(owner: Owner, from: string, to: string): void;
  removeOf(ref: Buffer): void;
}

const TABLE = 'images';

/** Table `images`: references of person and template -> sealed bytes. */
export function openImageTable(
  environment: Environment,
  secrets: Secrets,
  persons: Pick<PersonTable, 'owner' | 'read'>,
): ImageTable {
  const images = environment.table(TABLE);
  const sealing = createSealing(TABLE);
  const keyOf = (ref: Buffer, templateId: string) => ownedKey(ref, secrets.templateRef(templateId));

  const read = (owner: Owner, templateId: string): Uint8Array | undefined => {
    const key = keyOf(owner.ref, templateId);
    const record = images.get(key);
    return record && sealing.open(key, owner.key, record);
  };

  const put = (owner: Owner, { templateId, bytes }: KeptImage): void => {
    const key = keyOf(owner.ref, templateId);
    images.put(key, sealing.seal(key, owner.key, bytes));
  };

  return {
    get: (personId, templateId) => {
      const template = persons.read(personId)?.templates.find(({ id }) => id === templateId);
      if (!template?.hasImage) return undefined;
      const bytes = read(persons.owner(personId)!, templateId);
      if (bytes) return bytes;
      throw new FacegateError('internal', `A kept image is not in its place (${TABLE}); restore a backup.`);
    },
    count: () => images.count(),
    put,
    move: (owner, from, to) => {
      const bytes = read(owner, from);
      if (bytes === undefined) return;
      put(owner, { templateId: to, bytes });
      images.remove(keyOf(owner.ref, from));
    },
    removeOf: ref => {
      for (const key of [...images.keys(ownedRange(ref))]) images.remove(key);
    },
  };
}
