import { AuditQuery, CustomerPersonId, ExportBody, ListQuery } from '../fields.ts';
import { tagged } from './operation.ts';

const ID = { id: { schema: CustomerPersonId, says: 'customer_person_id, percent-encoded' } };
const PROFILE = ['first_name', 'last_name', 'email', 'phone'] as const;
const ACCESS = ['groups', 'valid_from', 'valid_until', 'deny'] as const;
const CONSENT = ['consent_id', 'consent_purpose', 'consent_expires_at'] as const;
const FIELDS = [
  'customer_person_id',
  ...PROFILE,
  'image_path',
  'check_duplicates',
  ...ACCESS,
  ...CONSENT,
] as const;
const IMAGE_FAILS = [
  'invalid_request',
  'missing_parameter',
  'no_face',
  'image_undecodable',
  'too_large',
  'unsupported_media',
] as const;
const ENROLL_FAILS = [...IMAGE_FAILS, 'low_quality', 'face_conflict', 'storage_full'] as const;

/** The calls of the hosted service, and ours beside them. */
export const PERSON_OPERATIONS = {
  ...tagged('Persons', {
    'POST /miicloud/person': {
      does: 'enroll a person, or add one more image to one already enrolled',
      more: 'The largest face of the image is taken. Fields that are sent overwrite, others stay.',
      body: { fields: FIELDS, required: ['customer_person_id', 'image_path'] },
      answer: { status: 200, json: 'Enrolled' },
      fails: ENROLL_FAILS,
    },
    'PUT /miicloud/person': {
      does: 'replace the profile; add an image if one is sent',
      more: 'A field of the profile that is blank or left out is removed; images are never removed.',
      body: { fields: FIELDS, required: ['customer_person_id'] },
      answer: { status: 200, json: 'Updated' },
      fails: [...ENROLL_FAILS, 'person_not_found'],
    },
    'PUT /miicloud/person/:id': {
      does: 'replace the profile; add an image if one is sent (the id stands in the path)',
      path: ID,
      body: { fields: FIELDS, required: [] },
      answer: { status: 200, json: 'Updated' },
      fails: [...ENROLL_FAILS, 'person_not_found'],
    },
    'PATCH /miicloud/person/:id': {
      does: 'change only the fields that are sent',
      path: ID,
      body: { fields: FIELDS, required: [] },
      answer: { status: 200, json: 'Updated' },
      fails: [...ENROLL_FAILS, 'person_not_found'],
    },
    'GET /miicloud/person/:id': {
      does: 'the profile',
      path: ID,
      answer: { status: 200, json: 'Person' },
      fails: ['invalid_request', 'person_not_found'],
    },
    'GET /miicloud/person': {
      does: 'list persons, page by page',
      query: ListQuery,
      answer: { status: 200, json: 'PersonPage' },
      fails: ['invalid_request'],
    },
    'DELETE /miicloud/person/:id': {
      does: 'erase the person and everything that belongs to them; the header `X-Erasure-Receipt` proves it',
      more: 'It cannot be undone.',
      path: ID,
      answer: {
        status: 200,
        json: 'Deleted',
        headers: { 'X-Erasure-Receipt': 'proves the erasure; GET /api/v1/erasures/verify checks it' },
      },
      fails: ['invalid_request', 'person_not_found'],
    },
    'POST /miicloud/match_faces': {
      does: '1:N search of every face in an image; with `customer_person_id`, 1:1 verification',
      body: { fields: ['image_path', 'customer_person_id'], required: ['image_path'] },
      answer: { status: 200, json: 'Matches' },
      fails: [...IMAGE_FAILS, 'person_not_found'],
    },
  }),
  ...tagged('Gallery', {
    'GET /api/v1/gallery/audit': {
      does: 'weak, outlying and look-alike images with their similarities; `far`: the gallery against itself',
      query: AuditQuery,
      answer: { status: 200, json: 'GalleryAudit' },
      fails: ['invalid_request'],
    },
    'POST /api/v1/gallery/migrate': {
      does: 'start, or go on with, the migration to another embedder',
      answer: { status: 202, json: 'Migration' },
    },
    'GET /api/v1/gallery/migrate': {
      does: 'how far the migration is',
      answer: { status: 200, json: 'Migration' },
    },
    'GET /api/v1/gallery/export': {
      does: 'the profiles as JSON lines',
      answer: { status: 200, types: { 'application/x-ndjson': 'one Person a line' } },
      fails: ['storage_full'],
    },
    'POST /api/v1/gallery/export': {
      does: 'with a `key` (64 hex digits) also the templates, all of it sealed',
      more: '"facegate person export --help" describes the format.',
      body: { json: ExportBody },
      answer: {
        status: 200,
        types: { 'application/x-ndjson': 'a header as JSON, then one sealed record a line, in base64' },
      },
      fails: ['invalid_request', 'too_large', 'storage_full'],
    },
  }),
};
