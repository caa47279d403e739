import { z } from 'zod';
import { FacegateError } from '../domain/errors.ts';
import { MAX_FIELD_BYTES } from './form.ts';

/** What the reference says of a value that is sent as text, in a query or a form, but is more than that. */
declare module 'zod' {
  interface GlobalMeta {
    sent?: Readonly<Record<string, unknown>>;
  }
}

const MAX_TEXT = 1024;
const MAX_ID = 128;
const MAX_CONSENT = 256;
const MAX_GROUPS = 64;
const GROUP = /^[a-z0-9][a-z0-9_-]{0,63}$/;

// U+FFFD is what a decoder leaves of bytes that were not UTF-8.
const ILL_FORMED = /[\p{Surrogate}\uFFFD]/u;

/** Text of a field: well-formed, in one line, of at most 4096 characters. */
export const Text = z
  .string('must be text')
  .max(MAX_FIELD_BYTES, { message: `must be at most ${MAX_FIELD_BYTES} characters long`, abort: true })
  .refine(text => !ILL_FORMED.test(text), 'is not well-formed UTF-8')
  .refine(text => !/\p{Control}/u.test(text), 'must not hold control characters');

/** A customer's own id of a person: 1 to 128 characters (UTF-16 code units, as the store counts them), kept exactly as sent. */
export const CustomerPersonId = Text.refine(id => id.trim() !== '', 'must not be blank')
  .refine(id => id.length <= MAX_ID, `must be at most ${MAX_ID} characters long`)
  // URLs drop these path segments, so no later call could name the person.
  .refine(id => id !== '.' && id !== '..', 'must not be "." or ".."')
  .meta({ description: 'your own id of the person, kept as sent', minLength: 1, maxLength: MAX_ID });

const ProfileText = Text.refine(
  text => text.length <= MAX_TEXT,
  `must be at most ${MAX_TEXT} characters long`,
)
  .meta({ maxLength: MAX_TEXT })
  .transform(text => (text.trim() === '' ? '' : text));

/** JSON clients send ids and phone numbers as numbers, and null for a blank. */
const scalar = <T extends z.ZodType>(schema: T) =>
  z.preprocess(value => (value === null ? '' : Number.isSafeInteger(value) ? String(value) : value), schema);

const Switch = z
  .union([z.boolean(), z.enum(['true', 'false', ''])], 'must be true or false')
  .transform(value => value === true || value === 'true')
  .meta({ sent: { type: 'boolean' } });

const ConsentText = Text.refine(
  text => text.length <= MAX_CONSENT,
  `must be at most ${MAX_CONSENT} characters long`,
)
  .meta({ maxLength: MAX_CONSENT })
  .transform(text => text.trim());

const NOT_A_MOMENT = 'must be a date or a time in ISO 8601';

/** Milliseconds since the epoch of a date or a time. */
const Moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], NOT_A_MOMENT)
  .transform(text => Date.parse(text));

/** Names of groups: a list, or one text with commas between them. */
const Groups = z
  .union([z.array(z.string()), Text.transform(text => text.split(','))], 'must be names of groups')
  .transform(names => [...new Set(names.map(name => name.trim()).filter(name => name !== ''))])
  .refine(names => names.length <= MAX_GROUPS, `must be at most ${MAX_GROUPS} groups`)
  .refine(
    names => names.every(name => GROUP.test(name)),
    'must be names of 1 to 64 of a-z, 0-9, "-" and "_", with commas between them',
  );

const NoMoment = z.literal('').transform(() => null);

/** The body of an export with templates. */
export const ExportBody = z.object({
  key: z
    .string('must be the key of 64 hex digits that the templates are to be sealed with')
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hex digits'),
});

/** The query of the gallery audit. */
export const AuditQuery = z.object({
  far: Switch.optional().describe('also measure the gallery against itself; takes longer'),
});

/** The fields of a form or JSON body; unknown ones are ignored. */
export const BodyFields = z.object({
  customer_person_id: scalar(CustomerPersonId).optional(),
  first_name: scalar(ProfileText).optional(),
  last_name: scalar(ProfileText).optional(),
  email: scalar(ProfileText).optional(),
  phone: scalar(ProfileText).optional(),
  check_duplicates: Switch.optional().describe('refuse a face that belongs to another person'),
  consent_id: scalar(ConsentText).optional().describe('your own reference of what the person has signed'),
  consent_purpose: scalar(ConsentText).optional(),
  consent_expires_at: z.union([z.literal(''), Moment]).optional(),
  groups: scalar(Groups)
    .optional()
    .describe(
      'names of 1 to 64 of a-z, 0-9, "-" and "_": a list, or with commas between them; blank takes all away',
    ),
  valid_from: scalar(z.union([NoMoment, Moment], NOT_A_MOMENT))
    .optional()
    .describe('no door opens to the person before; a date is its beginning in UTC, blank takes it away'),
  valid_until: scalar(z.union([NoMoment, Moment], NOT_A_MOMENT))
    .optional()
    .describe('no door opens to the person from then on'),
  deny: scalar(Switch).optional().describe('no door opens to the person'),
  image_path: z
    .string('must be the image, as base64 or a data: URI')
    .nullish()
    .describe('the image as base64 or a data: URI: JPEG, PNG or WebP'),
});

/** How much a page may hold at most. */
export const Limit = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a number from 1 to 1000')
  .transform(Number)
  .refine(limit => limit >= 1 && limit <= 1000, 'must be a number from 1 to 1000')
  .meta({ description: '100 where left out', sent: { type: 'integer', minimum: 1, maximum: 1000 } })
  .optional();

/** The query of the audit log; `cursor` is the number of the last entry that was read. */
export const AuditLogQuery = z.object({
  limit: Limit,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a next_cursor of an earlier answer')
    .transform(Number)
    .optional()
    .describe('next_cursor of the page before'),
});

/** The query of the check of an erasure receipt. */
export const ReceiptQuery = z.object({
  receipt: z.string('must be an erasure receipt').max(256).describe('the X-Erasure-Receipt of a DELETE'),
  customer_person_id: CustomerPersonId.optional(),
});

/** The query of the list of persons. */
export const ListQuery = z.object({
  limit: Limit,
  cursor: z
    .string()
    .transform((text, context) => {
      const id = Buffer.from(text, 'base64url').toString();
      if (text !== '' && cursorOf(id) === text) return id;
      context.addIssue({ code: 'custom', message: 'must be a next_cursor of an earlier answer' });
      return z.NEVER;
    })
    .optional()
    .describe('next_cursor of the page before'),
});

/** The opaque cursor that continues a list after `id`. */
export function cursorOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

/** The customer_person_id that a percent-encoded path ends with. Throws invalid_request. */
export function idInPath(path: string): string {
  let id: string;
  try {
    id = decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
  } catch {
    throw new FacegateError(
      'invalid_request',
      'The customer_person_id in the URL is not valid percent-encoded UTF-8.',
    );
  }
  return parse(CustomerPersonId, id, 'customer_person_id');
}

/** The value as the schema reads it. Throws invalid_request that names the field (`name` where the value is no object) and what it must be. */
export function parse<T extends z.ZodType>(schema: T, value: unknown, name = 'The request'): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new FacegateError('invalid_request', `${issue?.path.join('.') || name} ${issue?.message}.`);
}
