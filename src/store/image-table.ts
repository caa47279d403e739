import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FacegateError } from '../domain/errors.ts';
import type { Environment } from './environment.ts';
import type { ImageKey } from './image-key.ts';
import { idKey, ownedKey, ownedRange } from './key.ts';
import { openRecord, sealRecord } from './record.ts';

/** The image of a template as it was uploaded: JPEG, PNG or WebP bytes. */
export interface KeptImage {
  readonly templateId: string;
  readonly bytes: Uint8Array;
}

/** What may be read of the kept images. */
export interface ImageReader {
  /** Undefined where the image was not kept. Throws `internal` where it cannot be opened: another key, or a damaged record. */
  get(personId: string, templateId: string): Uint8Array | undefined;
  count(): number;
}

/** The table of kept images; writes only inside a transaction. */
export interface ImageTable extends ImageReader {
  put(personId: string, image: KeptImage): void;
  /** The image goes from one template to the next of the same person. */
  move(personId: string, from: string, to: string): void;
  removeOf(personId: string): void;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Table `images`: person id, 0, template id -> nonce, tag, AES-256-GCM of the bytes; the template id is authenticated with them. */
export function openImageTable(environment: Environment, key: ImageKey): ImageTable {
  const images = environment.table('images');
  const keyOf = (personId: string, templateId: string) => ownedKey(personId, idKey(templateId));

  const get = (personId: string, templateId: string): Uint8Array | undefined => {
    const record = images.get(keyOf(personId, templateId));
    return record && open(openRecord(record, 'images'), key.read({ mayMake: false }), templateId);
  };

  const put = (personId: string, { templateId, bytes }: KeptImage): void => {
    // A new key beside images of a lost one would hide that they are lost.
    const secret = key.read({ mayMake: images.count() === 0 });
    images.put(keyOf(personId, templateId), sealRecord(seal(bytes, secret, templateId)));
  };

  return {
    get,
    count: () => images.count(),
    put,
    move: (personId, from, to) => {
      const bytes = get(personId, from);
      if (bytes === undefined) return;
      put(personId, { templateId: to, bytes });
      images.remove(keyOf(personId, from));
    },
    removeOf: personId => {
      for (const each of [...images.keys(ownedRange(personId))]) images.remove(each);
    },
  };
}

function seal(bytes: Uint8Array, key: Buffer, templateId: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(idKey(templateId));
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function open(payload: Buffer, key: Buffer, templateId: string): Uint8Array {
  const nonce = payload.subarray(0, NONCE_BYTES);
  const tag = payload.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(idKey(templateId)).setAuthTag(tag);
    return Buffer.concat([decipher.update(payload.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new FacegateError('internal', 'A kept image cannot be opened: it was sealed with another key.', {
      cause,
    });
  }
}
