import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { type DaemonStage, openDaemonStage } from '../support/daemon-stage.ts';
import { faceVideo } from '../support/media.ts';
import {
  type CallOptions,
  connectByDocument,
  type DocumentedClient,
} from '../support/rest-clients/documented-client.ts';

/** A client that knows only the document, against the daemon with a camera, a door and the real models. One story in order. */
describe('the OpenAPI document and the daemon', () => {
  let stage: DaemonStage;
  let client: DocumentedClient;
  let photo: Uint8Array;

  const call = (operationId: string, options: CallOptions = {}) =>
    client.call(operationId, { token: stage.token, ...options });

  beforeAll(async () => {
    photo = await readFile((await demoMedia()).persons[0].photo);
    stage = await openDaemonStage();
    await stage.start({
      env: { DOOR_KEY: '6f0c7a1e5b2d4893a7c6e5f4d3b2a190' },
      config: [
        'cameras:',
        `  - { id: gate, url: "${pathToFileURL(await faceVideo('franck'))}", loop: true, customer: acme }`,
        'doors:',
        '  - { id: main, customer: acme, cameras: [gate], key: "${DOOR_KEY}" }',
      ],
    });
    client = await connectByDocument(stage.daemon.url);
  });

  afterAll(() => stage?.close());

  it('agree on persons', async () => {
    const fields = { customer_person_id: 'ada', first_name: 'Ada', groups: 'staff,board', consent_id: 'c-1' };
    const form = { ...fields, valid_until: '2099-01-01', image_path: photo };
    const enrolled = await call('post_miicloud_person', { body: form });
    expect(enrolled.json).toMatchObject({
      customer_person_id: 'ada',
      groups: ['staff', 'board'],
    });
    const image_path = Buffer.from(photo).toString('base64');
    const second = { customer_person_id: 'ada', image_path };
    await call('post_miicloud_person', { body: second, as: 'application/json' });
    const other = { customer_person_id: 'bob', image_path: photo, check_duplicates: true };
    expect((await call('post_miicloud_person', { body: other })).json.code).toBe('face_conflict');
    const warned = await call('post_miicloud_person', {
      body: { customer_person_id: 'bob', image_path: photo },
    });
    expect(warned.json.warnings).toMatchObject([{ code: 'face_conflict' }]);
    const path = { id: 'ada' };
    await call('put_miicloud_person', { body: { customer_person_id: 'ada', first_name: 'A' } });
    await call('put_miicloud_person_id', { path, body: { last_name: 'L', image_path: photo } });
    await call('patch_miicloud_person_id', { path, body: { email: 'a@example.org' } });
    expect((await call('get_miicloud_person_id', { path })).json).toMatchObject({
      last_name: 'L',
      consent: { id: 'c-1' },
    });
    const page = await call('get_miicloud_person', { query: { limit: 1 } });
    await call('get_miicloud_person', { query: { limit: 1000, cursor: page.json.next_cursor } });
    const match = await call('post_miicloud_match_faces', { body: { image_path: photo } });
    expect(match.json.faces).toHaveLength(1);
    const verified = { image_path: photo, customer_person_id: 'ada' };
    expect((await call('post_miicloud_match_faces', { body: verified })).json.faces).toMatchObject([
      { match_status: 'known' },
    ]);
    const deleted = await call('delete_miicloud_person_id', { path: { id: 'bob' } });
    const receipt = deleted.headers.get('x-erasure-receipt')!;
    const genuine = await call('get_api_v1_erasures_verify', {
      query: { receipt, customer_person_id: 'bob' },
    });
    expect(genuine.json.genuine).toBe(true);
    await call('get_api_v1_erasures_verify', { query: { receipt: 'none' } });
  });

  it('agree on the gallery', async () => {
    await call('get_api_v1_gallery_audit', { query: { far: true } });
    await call('post_api_v1_gallery_migrate');
    await call('get_api_v1_gallery_migrate');
    const lines = (await call('get_api_v1_gallery_export')).text.trim().split('\n');
    for (const line of lines) client.check('Person', JSON.parse(line));
    const sealed = await call('post_api_v1_gallery_export', { body: { key: '0f'.repeat(32) } });
    expect(sealed.text.split('\n')).toHaveLength(lines.length + 3);
  });

  it('agree on cameras and doors', async () => {
    await stage.until('A live camera', async () => {
      const { json } = await call('get_api_v1_cameras');
      return json.cameras[0].phase === 'live';
    });
    const path = { id: 'gate' };
    const snapshot = await call('get_api_v1_cameras_id_snapshot_jpg', { path });
    expect(snapshot.headers.get('x-captured-at')).toMatch(/Z$/);
    expect((await call('get_api_v1_cameras_id_live_mjpg', { path })).text).toContain('image/jpeg');
    expect((await call('get_api_v1_cameras_id_faces', { path })).text).toContain('data: {"captured_at"');
    const trial = await call('post_api_v1_doors_id_test', {
      path: { id: 'main' },
      body: { image_path: photo },
    });
    expect(trial.json.door).toBe('main');
  });

  it('agree on events', async () => {
    await stage.until('A decision', async () => {
      const { json } = await call('get_api_v1_events', { query: { type: 'door_decision' } });
      return json.events.length > 0;
    });
    const page = await call('get_api_v1_events', { query: { camera: 'gate', limit: 1, after: 0 } });
    expect(page.json.events).toHaveLength(1);
    const lines = await call('get_api_v1_events', { accept: 'application/x-ndjson' });
    for (const line of lines.text.trim().split('\n')) client.check('Event', JSON.parse(line));
    const stream = await call('get_api_v1_events_stream', { headers: { 'Last-Event-ID': '0' } });
    const [, data] = /^data: (.*)$/m.exec(stream.text) ?? [];
    expect(data).toMatch(/^\{"schema":1/);
    await call('get_api_v1_webhooks_undelivered');
    await call('delete_api_v1_webhooks_undelivered');
    await call('delete_api_v1_webhooks_undelivered_seq', { path: { seq: '1' } });
  });

  it('agree on tokens', async () => {
    const made = await call('post_api_v1_tokens', { body: { role: 'reader', name: 'kiosk', days: 30 } });
    const path = { id: made.json.id };
    const rotated = await call('post_api_v1_tokens_id_rotate', { path, body: { overlap_hours: 1 } });
    const status = await call('get_api_v1_status', { token: rotated.json.token });
    expect(status.json).toMatchObject({ role: 'reader', customer: 'acme' });
    await call('delete_api_v1_tokens_id', { path });
    const { json } = await call('get_api_v1_tokens');
    const states = json.tokens.map(({ state, last_used_at: used }: Record<string, string>) => [
      state,
      !!used,
    ]);
    expect(states.sort()).toEqual([
      ['revoked', false],
      ['valid', true],
      ['valid', true],
    ]);
    expect((await call('get_api_v1_status', { token: made.json.token })).json.code).toBe('unauthorized');
  });

  it('agree on the node', async () => {
    const made = await call('post_api_v1_backup');
    const listed = await call('get_api_v1_backup');
    expect(listed.json.backups).toMatchObject([{ name: made.json.name }]);
    const audit = await call('get_api_v1_audit', { query: { limit: 5 } });
    const rest = await call('get_api_v1_audit', { query: { limit: 1000, cursor: audit.json.next_cursor } });
    const acts = rest.json.entries.filter(({ by }: { by: string }) => by.startsWith('token:'));
    for (const act of ['token.create', 'token.rotate', 'token.revoke', 'person.delete', 'person.export'])
      expect(acts.map((entry: { act: string }) => entry.act)).toContain(act);
    expect(rest.text + audit.text).not.toContain(stage.token);
    expect((await call('get_api_v1_audit_verify')).json.intact).toBe(true);
    await call('post_api_v1_key_rotate');
    await call('post_api_v1_clock_confirm');
    await call('get_api_v1_openapi_json');
    expect((await call('get_api_v1_docs', { accept: 'text/html' })).text).toContain('openapi.json');
    await call('get_health_live');
    await call('get_health_ready');
    expect((await call('get_metrics')).text).toContain('# TYPE');
  });

  it('agree on failures', async () => {
    const codes = [
      await call('get_miicloud_person_id', { path: { id: 'nobody' } }),
      await call('get_miicloud_person', { query: { limit: 5000 } }),
      await call('post_miicloud_person', { body: { customer_person_id: 'x' } }),
      await call('post_miicloud_person', {
        body: { customer_person_id: 'x', image_path: Buffer.from('GIF89a') },
      }),
      await call('get_api_v1_cameras', { accept: 'image/png' }),
      await call('get_api_v1_cameras_id_snapshot_jpg', { path: { id: 'none' } }),
      await call('post_api_v1_tokens', { body: { role: 'king' } }),
      await call('post_api_v1_gallery_export', { body: { key: 'short' } }),
    ].map(({ json }) => json.code);
    expect(codes).toEqual([
      'person_not_found',
      'invalid_request',
      'missing_parameter',
      'unsupported_media',
      'not_acceptable',
      'not_found',
      'invalid_request',
      'invalid_request',
    ]);
  });

  it('leave no operation out', () => {
    const succeeded = new Set(
      [...client.called].filter(each => / 20\d$/.test(each)).map(each => each.split(' ')[0]),
    );
    // None has failed, so there is none to forget or to show.
    const never = ['delete_api_v1_webhooks_undelivered_seq', 'get_api_v1_events_id_snapshot_jpg'];
    expect(client.operations.filter(id => !succeeded.has(id) && !never.includes(id))).toEqual([]);
  });
});
