import { FacegateError } from '../domain/errors.ts';
import type { AccessChange, Profile } from '../domain/person.ts';
import { bodyBytes, bodyChunks } from './body-chunks.ts';
import { BodyFields, parse } from './fields.ts';
import { MAX_URLENCODED_BYTES, type RawForm, readUrlencoded } from './form.ts';
import type { ImageRoom } from './image-room.ts';
import { readJsonForm } from './json-body.ts';
import { readMultipart } from './multipart.ts';

/** An uploaded image: its bytes, and the file name the client gave. */
export interface UploadedImage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A consent as it was sent; `expiresAt` in milliseconds since the epoch. */
export interface SentConsent {
  readonly id: string;
  readonly purpose?: string;
  readonly expiresAt?: number;
}

/** A form or JSON body in one shape. */
export interface RequestBody {
  readonly customerPersonId?: string;
  /** Only the fields that were sent; '' where one was sent blank. */
  readonly profile: Profile;
  /** Only the rights that were sent; null where one was sent blank. */
  readonly access?: AccessChange;
  readonly image?: UploadedImage;
  readonly consent?: SentConsent;
  /** Refuse the image where its face belongs to another person. */
  readonly checkDuplicates: boolean;
}

/** A request's body and where it goes. */
export interface Arrival {
  readonly request: Request;
  readonly maxBytes: number;
  /** Room for its image, which is there until the room is freed. */
  readonly room: ImageRoom;
}

/** Reads a multipart or urlencoded form or a JSON object. Throws unsupported_media, too_large, invalid_request, missing_parameter, overloaded. */
export async function readBody({ request, maxBytes, room }: Arrival): Promise<RequestBody> {
  const contentType = request.headers.get('content-type') ?? '';
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new FacegateError('unsupported_media', 'Send the body without a Content-Encoding.');
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  const chunks = bodyChunks(request, maxBytes);
  if (type === 'multipart/form-data') return bodyOfForm(await readMultipart(chunks, contentType, room));
  if (type === 'application/x-www-form-urlencoded')
    return bodyOfForm(readUrlencoded(await bodyBytes(request, Math.min(maxBytes, MAX_URLENCODED_BYTES))));
  if (/^application\/([\w.-]+\+)?json$/.test(type)) return bodyOfJson(await readJsonForm(chunks, room));
  if (type === '' && (await chunks.next()).done) return { profile: {}, checkDuplicates: false };
  throw new FacegateError(
    'unsupported_media',
    'The body must be a form (multipart/form-data or application/x-www-form-urlencoded) or JSON (application/json).',
  );
}

function bodyOfForm({ fields, file }: RawForm): RequestBody {
  const record: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (!Object.hasOwn(BodyFields.shape, name)) continue;
    // Clients send a local path as text beside the file of the same name.
    if (name !== 'image_path' && Object.hasOwn(record, name))
      throw new FacegateError('invalid_request', `${name} was sent more than once; send it once.`);
    record[name] = value;
  }
  // A browser sends an empty part without a name where no file was chosen.
  const image = file === undefined || (file.name === '' && file.bytes.length === 0) ? undefined : file;
  if (image === undefined && record.image_path)
    throw new FacegateError(
      'missing_parameter',
      'image_path came as text: send the image as a file part of that name; the service opens no path or URL.',
    );
  return shaped(record, image);
}

function bodyOfJson({ record, image }: Awaited<ReturnType<typeof readJsonForm>>): RequestBody {
  return shaped(record, image && { name: '', bytes: image });
}

function shaped(record: Record<string, unknown>, image: UploadedImage | undefined): RequestBody {
  const fields = parse(BodyFields, record);
  const { customer_person_id: id, first_name, last_name, email, phone, check_duplicates } = fields;
  if (image?.bytes.length === 0)
    throw new FacegateError('invalid_request', 'The image is empty; send a JPEG, PNG or WebP file.');
  return {
    ...(id !== undefined && { customerPersonId: id }),
    profile: {
      ...(first_name !== undefined && { firstName: first_name }),
      ...(last_name !== undefined && { lastName: last_name }),
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { phone }),
    },
    ...accessOf(fields),
    ...(image && { image }),
    ...(fields.consent_id && { consent: consentOf(fields.consent_id, fields) }),
    checkDuplicates: check_duplicates ?? false,
  };
}

/** Throws invalid_request for a validity that ends before it begins. */
function accessOf({ groups, valid_from: validFrom, valid_until: validUntil, deny }: Fields) {
  if (typeof validFrom === 'number' && typeof validUntil === 'number' && validFrom >= validUntil)
    throw new FacegateError('invalid_request', 'valid_until must be after valid_from.');
  const access: AccessChange = {
    ...(groups !== undefined && { groups }),
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    ...(deny !== undefined && { deny }),
  };
  return Object.keys(access).length > 0 && { access };
}

function consentOf(id: string, fields: Fields): SentConsent {
  const { consent_purpose: purpose, consent_expires_at: expiresAt } = fields;
  return { id, ...(purpose && { purpose }), ...(expiresAt && { expiresAt }) };
}

type Fields = ReturnType<typeof BodyFields.parse>;
