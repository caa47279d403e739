import { AuditLogQuery, ReceiptQuery } from '../fields.ts';
import { NewToken, Rotation, TokenId } from '../token-fields.ts';
import { tagged } from './operation.ts';

const TOKEN = { id: { schema: TokenId, says: 'the first 8 or more digits of its hash' } };

/** What keeps the daemon in order. */
export const NODE_OPERATIONS = {
  ...tagged('Administration', {
    'GET /api/v1/tokens': {
      does: 'the tokens of the customer: role, end, last use; never the token itself',
      answer: { status: 200, json: 'Tokens' },
    },
    'POST /api/v1/tokens': {
      does: 'create a token of the same customer; the answer alone shows it',
      body: { json: NewToken },
      answer: { status: 201, json: 'NewTokenAnswer' },
      fails: ['invalid_request', 'too_large', 'storage_full'],
    },
    'POST /api/v1/tokens/:id/rotate': {
      does: 'create a token in the place of another, which goes on working for `overlap_hours` (24)',
      more: 'The new one has the role, name and lifetime of the old one. A token is rotated once.',
      path: TOKEN,
      body: { json: Rotation, optional: true },
      answer: { status: 201, json: 'RotatedTokenAnswer' },
      fails: ['invalid_request', 'not_found', 'too_large', 'storage_full'],
    },
    'DELETE /api/v1/tokens/:id': {
      does: 'revoke a token, at once',
      path: TOKEN,
      answer: { status: 200, json: 'RevokedToken' },
      fails: ['invalid_request', 'not_found'],
    },
    'POST /api/v1/backup': {
      does: "make a backup in `<stateDir>/backups` on the daemon's machine",
      answer: { status: 201, json: 'BackupMade' },
      fails: ['storage_full'],
    },
    'GET /api/v1/backup': {
      does: 'list the backups there',
      answer: { status: 200, json: 'Backups' },
    },
    'GET /api/v1/audit': {
      does: 'who did what, page by page',
      query: AuditLogQuery,
      answer: { status: 200, json: 'AuditPage' },
      fails: ['invalid_request'],
    },
    'GET /api/v1/audit/verify': {
      does: 'whether no entry of the audit log was changed or left out',
      answer: { status: 200, json: 'AuditVerdict' },
    },
    'GET /api/v1/erasures/verify': {
      does: 'whether a receipt is genuine, and for this person',
      query: ReceiptQuery,
      answer: { status: 200, json: 'ReceiptVerdict' },
      fails: ['invalid_request'],
    },
    'POST /api/v1/key/rotate': {
      does: 'seal the store with a new key and destroy the old one',
      answer: { status: 200, json: 'RotatedKey' },
      fails: ['invalid_request', 'storage_full'],
    },
    'POST /api/v1/clock/confirm': {
      does: 'say that the clock of the machine is right, after it was set back or leapt ahead',
      answer: { status: 200, json: 'ConfirmedClock' },
    },
    'GET /api/v1/status': {
      does: 'whether the daemon is ready, and why not; what waits to be delivered',
      answer: { status: 200, json: 'Status' },
    },
    'GET /api/v1/openapi.json': {
      does: 'this reference, as OpenAPI 3.1',
      answer: { status: 200, types: { 'application/json': 'an OpenAPI document' } },
    },
    'GET /api/v1/docs': {
      does: 'the same as a page to read',
      answer: { status: 200, types: { 'text/html': 'a page without scripts' } },
    },
  }),
  ...tagged('Health', {
    'GET /metrics': {
      does: "what is measured, for Prometheus; cameras, doors and persons of the token's customer only",
      answer: { status: 200, types: { 'text/plain': 'the text format of Prometheus, version 0.0.4' } },
    },
    'GET /health/live': {
      does: 'whether the daemon runs, for supervisors',
      answer: { status: 200, json: 'Done' },
    },
    'GET /health/ready': {
      does: 'whether it is ready to serve, and why not',
      answer: { status: 200, json: 'Done' },
      fails: ['not_ready'],
    },
  }),
};
