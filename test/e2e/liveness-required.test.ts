import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enroll } from '../../scripts/demo/enroll.ts';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import type { PersonSeen } from '../../src/domain/event.ts';
import { type Mosquitto, openMosquitto } from '../support/brokers.ts';
import { createToken, type DaemonSettings, startDaemon } from '../support/daemon-process.ts';
import { modelsDir } from '../support/engine.ts';
import { faceVideo } from '../support/media.ts';

const SHIPPED = ['fp-ultraface', 'fp-landmark68', 'fp-mobilefacenet-512'];

/** An installation whose liveness model is missing, and an enrolled man before the camera. */
describe('a daemon without its liveness model', () => {
  let folder: string;
  let media: DemoMedia;
  let broker: Mosquitto;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-liveness-'));
    media = await demoMedia();
    broker = await openMosquitto();
    await mkdir(join(folder, 'models'));
    for (const id of SHIPPED)
      for (const ending of ['onnx', 'json'])
        await symlink(join(modelsDir(), `${id}.${ending}`), join(folder, 'models', `${id}.${ending}`));
  });
  afterAll(async () => {
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const settingsFor = (liveness: 'report' | 'require', video: string): DaemonSettings => ({
    folder,
    config: [
      'node: lv',
      'http: { port: 0 }',
      `mqtt: { url: "${broker.url}" }`,
      `models: { dir: ${join(folder, 'models')} }`,
      'cameras:',
      `  - { id: gate, url: "${pathToFileURL(video)}", loop: true, customer: acme, liveness: ${liveness} }`,
    ],
  });

  /** What was told of the enrolled man within `ms`, or until the first `person_seen`; and the daemon's log. */
  const watch = async (settings: DaemonSettings, token: string, ms: number) => {
    const seen: PersonSeen[] = [];
    const subscriber = await connectAsync(broker.url);
    subscriber.on('message', (_topic, payload) => seen.push(JSON.parse(payload.toString()) as PersonSeen));
    await subscriber.subscribeAsync('facegate/lv/event/person_seen');
    const daemon = await startDaemon(settings);
    try {
      const [person] = media.persons;
      await enroll({ url: daemon.url, token, ...person });
      const deadline = Date.now() + ms;
      while (Date.now() < deadline && seen.length === 0) await sleep(100);
      const answer = await fetch(`${daemon.url}/api/v1/cameras`, {
        headers: { authorization: `Token ${token}` },
      });
      const { cameras } = (await answer.json()) as { cameras: { recognition: { described: number } }[] };
      return { seen, described: cameras[0].recognition.described, log: daemon.log() };
    } finally {
      await daemon.stop();
      await subscriber.endAsync();
    }
  };

  it('names nobody at a camera that requires liveness, says why, and names him where it is only reported', async () => {
    const video = await faceVideo('franck');
    const required = settingsFor('require', video);
    const token = await createToken(required, 'acme');
    const denied = await watch(required, token, 8000);
    expect(denied.described).toBeGreaterThan(4);
    expect(denied.seen).toEqual([]);
    expect(denied.log).toContain('not assessed for liveness');

    const reported = await watch(settingsFor('report', video), token, 20_000);
    expect(reported.seen[0]).toMatchObject({
      person: { customer_person_id: 'demo-1' },
      liveness: 'not_assessed',
    });
  });
});
