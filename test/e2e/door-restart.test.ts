import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personPhoto } from '../../bench/clips.ts';
import { enroll } from '../../scripts/demo/enroll.ts';
import type { DoorDecision } from '../../src/domain/event.ts';
import { type DaemonStage, openDaemonStage } from '../support/daemon-stage.ts';
import { connectControllers, createDoorController } from '../support/door-controller.ts';
import { stayClip } from '../support/visits.ts';

const SECRET = '4f2c1a9b7d3e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeef';

/** Somebody who was let in stands there still while the daemon is killed and started again; the camera's clip begins anew with each start. */
describe('who was let in before the daemon was killed', () => {
  const controller = createDoorController({ node: 'e2e', door: 'main', secret: SECRET, now: Date.now });
  let stage: DaemonStage;

  beforeAll(async () => {
    stage = await openDaemonStage({ durable: true });
    const video = pathToFileURL(await stayClip());
    stage.use(await connectControllers(stage.broker.url, 'controller', [controller]));
    await stage.start({
      config: [
        'node: e2e',
        'recognition: { trackTimeoutMs: 1000 }',
        'cameras:',
        `  - { id: gate, url: "${video}", customer: acme }`,
        'doors:',
        `  - { id: main, customer: acme, cameras: [gate], key: ${SECRET}, cooldownSeconds: 3 }`,
      ],
    });
    const { daemon, token } = stage;
    await enroll({ url: daemon.url, token, id: 'ada', firstName: 'Ada', photo: await personPhoto() });
  });

  afterAll(() => stage?.close());

  /** What was decided so far, in order. */
  const outcomes = async (): Promise<string[]> => {
    const answer = await stage.call('GET', '/api/v1/events?type=door_decision&limit=1000');
    const { events } = (await answer.json()) as { events: DoorDecision[] };
    return events.map(({ reason, decision }) => reason ?? decision);
  };

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'is not let in again after %s until they have left, and is then',
    async signal => {
      const opened = Math.max(1, controller.opened().length);
      await stage.until('an open door', () => controller.opened().length === opened);
      const before = (await outcomes()).length;
      stage.daemon.process.kill(signal);
      await stage.daemon.exited;
      await stage.start();
      await stage.until('the next visit', () => controller.opened().length > opened);
      const since = (await outcomes()).slice(before);
      expect(since).toContain('cooldown');
      expect(since.indexOf('grant')).toBe(since.length - 1);
    },
  );
});
