import { expect, it } from 'vitest';
import type { ApiBackup } from '../../src/api/backups.ts';
import { FacegateError } from '../../src/domain/errors.ts';
import { call, createRestApp } from '../support/rest-clients/rest-app.ts';

const BACKUP: ApiBackup = {
  name: 'facegate-20261124T180000000Z',
  createdAt: '2026-11-24T18:00:00.000Z',
  bytes: 4096,
  keyId: '0123456789abcdef',
};
const TOLD = {
  name: BACKUP.name,
  created_at: BACKUP.createdAt,
  bytes: BACKUP.bytes,
  key_id: BACKUP.keyId,
};

it('makes a backup for the token that asks, takes no path from it, and lists what there is', async () => {
  const askers: string[] = [];
  const make = async (by: string) => {
    askers.push(by);
    return BACKUP;
  };
  const app = await createRestApp({ backups: { make, list: () => [BACKUP] } });
  const made = await call(app, 'POST', '/api/v1/backup', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dir: '/etc', path: '../..' }),
  });
  expect(made).toMatchObject({ status: 201, json: { status: 'success', ...TOLD } });
  expect(askers).toEqual([expect.stringMatching(/^token:[0-9a-f]{12}$/)]);
  expect((await call(app, 'GET', '/api/v1/backup')).json).toEqual({ backups: [TOLD] });
});

it('says when to come back while another is made', async () => {
  const make = async () => {
    throw new FacegateError('overloaded', 'A backup is being made already; ask again later.');
  };
  const app = await createRestApp({ backups: { make, list: () => [] } });
  const { status, response } = await call(app, 'POST', '/api/v1/backup');
  expect({ status, retryAfter: response.headers.get('retry-after') }).toEqual({
    status: 503,
    retryAfter: '1',
  });
});
