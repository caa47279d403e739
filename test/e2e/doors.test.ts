import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enroll } from '../../scripts/demo/enroll.ts';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import type { DoorDecision } from '../../src/domain/event.ts';
import { facegate } from '../support/daemon-process.ts';
import { type DaemonStage, openDaemonStage } from '../support/daemon-stage.ts';
import { createDoorController } from '../support/door-controller.ts';
import { faceVideo } from '../support/media.ts';

const SECRET = '6f0c7a1e5b2d4893a7c6e5f4d3b2a190';

/** A daemon with two doors that one camera sees, and controllers that trust nothing but signatures. One story in order. */
describe('doors', () => {
  let media: DemoMedia;
  let stage: DaemonStage;
  const messages: { decision: DoorDecision; retained: boolean; expiry: number | undefined }[] = [];
  const controllers = ['main', 'board'].map(door =>
    createDoorController({ node: 'doors', door, secret: SECRET, now: Date.now }),
  );

  const of = (door: string) => messages.filter(({ decision }) => decision.door === door);
  /** The answer of the REST call behind `facegate door test`. */
  const ask = async (door: string, photo: string) => {
    const body = new FormData();
    body.set('image_path', new Blob([new Uint8Array(await readFile(photo))]), 'a.jpg');
    const answer = await stage.call('POST', `/api/v1/doors/${door}/test`, body);
    const { decision, reason, explanation } = (await answer.json()) as DoorDecision & { explanation: string };
    return [reason ?? decision, explanation];
  };

  beforeAll(async () => {
    media = await demoMedia();
    stage = await openDaemonStage();
    await stage.hear('facegate/doors/door/#', (topic, payload, { retain, properties }) => {
      for (const controller of controllers) if (controller.topic === topic) controller.hear(payload, retain);
      const decision = JSON.parse(payload.toString()) as DoorDecision;
      messages.push({ decision, retained: retain, expiry: properties?.messageExpiryInterval });
    });
    await stage.start({
      env: { DOOR_KEY: SECRET },
      config: [
        'node: doors',
        'cameras:',
        `  - { id: gate, url: "${pathToFileURL(await faceVideo('franck'))}", loop: true, customer: acme }`,
        'doors:',
        '  - { id: main, customer: acme, cameras: [gate], key: "${DOOR_KEY}" }',
        '  - { id: board, customer: acme, cameras: [gate], key: "${DOOR_KEY}", groups: [board] }',
      ],
    });
  });

  afterAll(() => stage?.close());

  it('open for the enrolled man before the camera where he may pass, and only there', async () => {
    const [person] = media.persons;
    await enroll({ url: stage.daemon.url, token: stage.token, ...person });
    const granted = () => of('main').find(({ decision }) => decision.decision === 'grant');
    await stage.until('a decision of both doors', () => granted() !== undefined && of('board').length > 0);
    const main = granted()!;
    expect(main.decision).toMatchObject({ person: { customer_person_id: 'demo-1' }, unlock_ms: 3000 });
    expect(of('board')[0].decision).toMatchObject({ decision: 'deny', reason: 'not_in_group' });
    expect(controllers.map(controller => controller.opened().length)).toEqual([1, 0]);
    expect(main.expiry).toBeLessThanOrEqual(5);
    const { captured_at, decided_at, similarity, threshold } = main.decision;
    expect(similarity).toBeGreaterThanOrEqual(threshold);
    expect(Date.parse(decided_at) - Date.parse(captured_at)).toBeLessThanOrEqual(5000);
  });

  it('can be asked what they would decide of a photo, and why', async () => {
    const [franck, anders] = media.persons;
    const env = { ...stage.settings.env, FACEGATE_TOKEN: stage.token };
    const args = ['door', '--url', stage.daemon.url, 'test', '--door', 'main', '--image', franck.photo];
    const { code, stdout, stderr } = await facegate({ ...stage.settings, env }, args);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^grant\ndemo-1 would be let in: similarity 0\.\d{3} /),
    ]);
    expect(stderr).toContain('liveness');
    expect(await ask('board', franck.photo)).toEqual([
      'not_in_group',
      'demo-1 is in no group, and this door is for board.',
    ]);
    expect(await ask('main', anders.photo)).toEqual([
      'unknown',
      expect.stringMatching(/^The face is nobody enrolled: /),
    ]);
  });

  it('do what is said of the person at once', async () => {
    const change = async (rights: object): Promise<string | undefined> => {
      expect((await stage.call('PATCH', '/miicloud/person/demo-1', rights)).status).toBe(200);
      return (await ask('board', media.persons[0].photo))[0];
    };
    expect(await change({ groups: ['staff', 'board'] })).toBe('grant');
    expect(await change({ valid_until: '2026-01-01' })).toBe('expired');
    expect(await change({ valid_until: '', deny: true })).toBe('denied_person');
  });

  it('never retain a decision, and show their secret nowhere', async () => {
    expect(messages.some(({ retained }) => retained)).toBe(false);
    expect(stage.daemon.log()).not.toContain(SECRET);
    expect(JSON.stringify(messages)).not.toContain(SECRET);
    const topics: string[] = [];
    await stage.hear(
      'facegate/doors/#',
      (topic, _payload, { retain }) => void (retain && topics.push(topic)),
    );
    await sleep(300);
    expect(topics).toContain('facegate/doors/status');
    expect(topics.filter(topic => topic.includes('/door/'))).toEqual([]);
    expect(await stage.daemon.stop()).toBe(0);
  });
});
