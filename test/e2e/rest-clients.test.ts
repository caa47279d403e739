import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { packageRoot } from '../../src/config/paths.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  startDaemon,
} from '../support/daemon-process.ts';
import { REFERENCE_STATUSES, readAnswers } from '../support/rest-clients/reference-answers.ts';

const run = promisify(execFile);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** curl and Python requests against the running daemon, with real photos and the real models. */
describe('programs written for the hosted service', () => {
  let folder: string;
  let settings: DaemonSettings;
  let daemon: DaemonProcess;
  let photo: string;
  let otherPhoto: string;
  const tokens: Record<string, string> = {};

  /** `curl -H token ... path`; the body is parsed, whatever the status. */
  const curl = async (path: string, args: readonly string[] = [], role = 'admin'): Promise<Answer> => {
    const token = role === 'none' ? [] : ['-H', `authorization: Token ${tokens[role]}`];
    const { stdout } = await run('curl', [
      '-sS',
      '-w',
      '\n%{http_code}',
      ...token,
      ...args,
      `${daemon.url}${path}`,
    ]);
    const end = stdout.lastIndexOf('\n');
    return {
      status: Number(stdout.slice(end + 1)),
      body: JSON.parse(stdout.slice(0, end)) as Answer['body'],
    };
  };
  const form = (fields: Record<string, string>): string[] =>
    Object.entries(fields).flatMap(([name, value]) => ['-F', `${name}=${value}`]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-clients-'));
    const { persons } = await demoMedia();
    [photo, otherPhoto] = persons.map(person => person.photo);
    settings = {
      folder,
      config: ['http: { port: 0, maxUploadBytes: 2097152 }', 'mqtt: { url: "mqtt://127.0.0.1:1" }'],
    };
    for (const role of ['admin', 'operator', 'reader'])
      tokens[role] = await createToken(settings, 'acme', role);
    daemon = await startDaemon(settings);
  });
  afterAll(async () => {
    await daemon?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('work with Python requests, quirks and all, with only the host changed', async () => {
    const script = join(packageRoot(), 'test', 'support', 'rest-clients', 'reference-client.py');
    const { stdout } = await run('/usr/bin/python3', [script, daemon.url, photo], {
      env: { FACEGATE_TOKEN: tokens.admin },
    });
    const { answers, statuses } = readAnswers(stdout);
    expect(statuses).toEqual(REFERENCE_STATUSES);
    expect(answers.get.body.images).toHaveLength(3);
    const [verified] = answers.verify.body.faces as Record<string, unknown>[];
    expect(verified).toMatchObject({
      match_status: 'known',
      customer_person_id: '5712f5242cf956c7c1d248e89',
    });
    expect(verified.match_confidence).toBeGreaterThan(0.9);
    expect(Object.values(verified.bounding_box as object).every(Number.isInteger)).toBe(true);
  });

  it('enroll, update, read, match, verify and delete with curl', async () => {
    const enrolled = await curl(
      '/miicloud/person',
      form({ customer_person_id: 'c1', first_name: 'John', image_path: `@${otherPhoto}` }),
    );
    expect(enrolled).toMatchObject({
      status: 200,
      body: { status: 'success', customer_person_id: 'c1', first_name: 'John' },
    });
    expect(enrolled.body.image).toMatch(/^enroll\/demo-anders_[A-Za-z0-9]{7}\.jpe?g$/);
    expect(await curl('/miicloud/person/c1/', ['-X', 'PUT', ...form({ last_name: 'Doe' })])).toMatchObject({
      status: 200,
      body: { first_name: '', last_name: 'Doe' },
    });
    expect(await curl('/miicloud/person/c1', [], 'reader')).toMatchObject({
      status: 200,
      body: { last_name: 'Doe' },
    });
    const matched = await curl('/miicloud/match_faces', form({ image_path: `@${otherPhoto}` }), 'reader');
    expect(matched).toMatchObject({
      status: 200,
      body: { faces: [{ match_status: 'known', customer_person_id: 'c1' }] },
    });
    const stranger = await curl(
      '/miicloud/match_faces',
      form({ image_path: `@${photo}`, customer_person_id: 'c1' }),
    );
    expect(stranger).toMatchObject({
      status: 200,
      body: { faces: [{ match_status: 'unknown', match_confidence: 0 }] },
    });
    expect(await curl('/miicloud/person/c1', ['-X', 'DELETE'])).toMatchObject({
      status: 200,
      body: { status: 'success' },
    });
    expect((await curl('/miicloud/person/c1')).status).toBe(404);
  });

  it('are told with each code what was wrong', async () => {
    const wall = join(folder, 'wall.png');
    await sharp({ create: { width: 400, height: 300, channels: 3, background: '#888' } })
      .png()
      .toFile(wall);
    const gif = join(folder, 'moving.gif');
    await writeFile(gif, 'GIF89a\x01\x00\x01\x00');
    const large = join(folder, 'large.jpg');
    await writeFile(large, Buffer.alloc(9 * 1024 * 1024));
    const enroll = (image: string) => form({ customer_person_id: 'x', image_path: `@${image}` });
    const cases: [string, number, string, Promise<Answer>][] = [
      ['nothing in it', 400, 'missing_parameter', curl('/miicloud/person', form({ first_name: 'x' }))],
      ['no face', 400, 'no_face', curl('/miicloud/person', enroll(wall))],
      ['no token', 401, 'unauthorized', curl('/miicloud/person/x', [], 'none')],
      ['a reader deletes', 403, 'forbidden', curl('/miicloud/person/x', ['-X', 'DELETE'], 'reader')],
      ['nobody', 404, 'person_not_found', curl('/miicloud/person/nobody')],
      ['nowhere', 404, 'not_found', curl('/miicloud/nowhere')],
      ['wrong method', 405, 'method_not_allowed', curl('/miicloud/match_faces')],
      ['no JSON wanted', 406, 'not_acceptable', curl('/miicloud/person/x', ['-H', 'accept: text/html'])],
      ['a GIF', 415, 'unsupported_media', curl('/miicloud/person', enroll(gif))],
      ['too much', 413, 'too_large', curl('/miicloud/person', enroll(large))],
    ];
    for (const [what, status, code, call] of cases) {
      const answer = await call;
      expect([what, answer.status, answer.body.status, answer.body.code]).toEqual([
        what,
        status,
        'fail',
        code,
      ]);
      expect(answer.body.message).toMatch(/^[A-Z].+[.]$/);
    }
  });

  it("get 409 for a face that is somebody else's, where they ask", async () => {
    await curl('/miicloud/person', form({ customer_person_id: 'first', image_path: `@${otherPhoto}` }));
    const again = form({ customer_person_id: 'second', image_path: `@${otherPhoto}` });
    expect(await curl('/miicloud/person', [...again, ...form({ check_duplicates: 'true' })])).toMatchObject({
      status: 409,
      body: { code: 'face_conflict', customer_person_id: 'first' },
    });
    expect(await curl('/miicloud/person', again)).toMatchObject({
      status: 200,
      body: { warnings: [{ code: 'face_conflict' }] },
    });
  });
});
