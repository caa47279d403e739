import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCameras } from '../../scripts/demo/cameras.ts';
import { enroll } from '../../scripts/demo/enroll.ts';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import type { CameraTamper, FaceEvent } from '../../src/domain/event.ts';
import type { CameraFaces } from '../../src/events/camera-faces.ts';
import type { PresenceReport } from '../../src/events/presence.ts';
import { type DaemonStage, openDaemonStage } from '../support/daemon-stage.ts';

/** The whole daemon as its own process: RTSP in, real mosquitto out, gallery over REST. One story in order. */
describe('from camera to MQTT', () => {
  let media: DemoMedia;
  let cameras: Awaited<ReturnType<typeof startCameras>>;
  let stage: DaemonStage;
  const messages: { topic: string; text: string; retained: boolean }[] = [];

  const events = (): Exclude<FaceEvent, CameraTamper>[] =>
    messages
      .filter(({ topic }) => topic.includes('/event/') && !topic.endsWith('/camera_tamper'))
      .map(({ text }) => JSON.parse(text) as Exclude<FaceEvent, CameraTamper>);
  const pastEvents = async (query: string) => {
    const answer = await stage.call('GET', `/api/v1/events${query}`);
    return ((await answer.json()) as { events: FaceEvent[] }).events;
  };

  beforeAll(async () => {
    media = await demoMedia();
    stage = await openDaemonStage();
    cameras = stage.use(await startCameras(media));
    await stage.hear('facegate/#', (topic, payload, { retain }) =>
      messages.push({ topic, text: payload.toString(), retained: retain }),
    );
    await stage.start({
      env: { CAMERA_PASSWORD: cameras.password },
      config: [
        'node: e2e',
        'recognition: { trackTimeoutMs: 1000 }',
        'cameras:',
        ...Object.entries(cameras.urls).map(
          ([id, url]) => `  - { id: ${id}, url: "${url}", customer: acme, publishFaces: ${id === 'lobby'} }`,
        ),
      ],
    });
  });

  afterAll(() => stage?.close());

  it('says that it is there and what its cameras do', async () => {
    await stage.until('two live cameras', () =>
      ['entrance', 'lobby'].every(id =>
        messages.some(
          ({ topic, text }) =>
            topic === `facegate/e2e/camera/${id}/state` &&
            (JSON.parse(text) as { phase: string }).phase === 'live',
        ),
      ),
    );
    expect(messages.find(({ topic }) => topic === 'facegate/e2e/status')?.text).toBe('online');
    const answer = (await (await stage.call('GET', '/api/v1/cameras')).json()) as {
      cameras: { id: string; phase: string }[];
    };
    expect(answer.cameras.map(({ id, phase }) => `${id} ${phase}`)).toEqual(['entrance live', 'lobby live']);
  });

  it('announces faces as unknown while nobody is enrolled', async () => {
    await stage.until('unknown_seen', () => events().some(({ type }) => type === 'unknown_seen'));
    expect(events().every(({ type, similarity }) => type === 'unknown_seen' && similarity === -1)).toBe(true);
  });

  it('announces a person by name who was enrolled over REST from another photo, within a second of the frame', async () => {
    for (const person of media.persons)
      await enroll({ url: stage.daemon.url, token: stage.token, ...person });
    await stage.until('person_seen for both', () =>
      ['demo-1', 'demo-2'].every(id =>
        events().some(event => event.type === 'person_seen' && event.person.customer_person_id === id),
      ),
    );
    for (const event of events().filter(({ type }) => type === 'person_seen')) {
      expect(event.similarity).toBeGreaterThanOrEqual(event.threshold);
      expect(event.frames).toBeGreaterThanOrEqual(2);
      expect(Date.parse(event.decided_at) - Date.parse(event.captured_at)).toBeLessThan(1000);
    }
  });

  it('never takes one person for the other', () => {
    const seen = events().flatMap(event =>
      event.type === 'person_seen' ? [`${event.camera} ${event.person.customer_person_id}`] : [],
    );
    expect(new Set(seen)).toEqual(new Set(['entrance demo-1', 'lobby demo-2']));
  });

  it('tells who is at a camera, and the boxes of faces where the camera says so', async () => {
    const told = (topic: string) =>
      messages.filter(message => message.topic === `facegate/e2e/${topic}`).map(({ text }) => text);
    const persons = (text: string) => (JSON.parse(text) as PresenceReport).persons;
    expect(persons(told('presence/entrance')[0])).toEqual([]);
    await stage.until('demo-1 at the entrance', () =>
      told('presence/entrance').some(text => persons(text)[0]?.customer_person_id === 'demo-1'),
    );
    await stage.until('demo-2 in the overlay', () =>
      told('camera/lobby/faces').some(text =>
        (JSON.parse(text) as CameraFaces).faces.some(face => face.customer_person_id === 'demo-2'),
      ),
    );
    expect(told('camera/entrance/faces')).toEqual([]);
  });

  it('announces strangers beside known people as unknown', async () => {
    const before = events().length;
    await stage.until('unknown_seen in the lobby', () =>
      events()
        .slice(before)
        .some(
          ({ type, camera, similarity }) => type === 'unknown_seen' && camera === 'lobby' && similarity > -1,
        ),
    );
  });

  it('numbers the events in growing order, each with an id of its own, none retained', () => {
    const all = events();
    expect(new Set(all.map(({ event_id }) => event_id)).size).toBe(all.length);
    const numbers = all.map(({ seq }) => seq);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(messages.some(({ topic, retained }) => topic.includes('/event/') && retained)).toBe(false);
  });

  it('keeps what it has announced, to be asked for again', async () => {
    const announced = new Map(events().map(event => [event.seq, event]));
    const past = await pastEvents('?limit=1000');
    for (const event of past.filter(({ seq }) => announced.has(seq)))
      expect(announced.get(event.seq)).toMatchObject(event);
    expect(past.map(({ seq }) => seq)).toEqual(expect.arrayContaining([...announced.keys()]));
    const ofOne = await pastEvents('?limit=1000&person=demo-1');
    expect(ofOne.length).toBeGreaterThan(0);
    for (const { camera } of ofOne) expect(camera).toBe('entrance');
    const stream = await stage.call('GET', `/api/v1/events/stream?after=${past[0].seq}`);
    const reader = stream.body!.getReader();
    let text = '';
    while (!text.includes(`id: ${past[1].seq}\n`)) text += Buffer.from((await reader.read()).value!);
    expect(text).not.toContain(`id: ${past[0].seq}\n`);
    await reader.cancel();
  });

  it('never names a person again after DELETE was answered', async () => {
    const { status } = await stage.call('DELETE', '/miicloud/person/demo-1');
    expect(status).toBe(200);
    const before = messages.length;
    const lobby = () =>
      messages.slice(before).filter(({ topic, text }) => topic.includes('/event/') && text.includes('lobby'));
    await stage.until('four more events of the other camera', () => lobby().length >= 4);
    expect(messages.slice(before).filter(({ text }) => text.includes('demo-1'))).toEqual([]);
    expect((await stage.call('GET', '/miicloud/person/demo-1')).status).toBe(404);
    expect(JSON.stringify(await pastEvents('?limit=1000'))).not.toContain('demo-1');
  });

  it('shows the camera password and the token nowhere', async () => {
    expect(stage.daemon.log()).not.toContain(cameras.password);
    expect(stage.daemon.log()).not.toContain(stage.token);
    expect(messages.some(({ text }) => text.includes(cameras.password))).toBe(false);
    const shown = await Promise.all(
      (await readdir('/proc'))
        .filter(name => /^\d+$/.test(name))
        .map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
    );
    expect(shown.filter(line => line.includes(cameras.password))).toEqual([]);
  });

  it('ends with 0 at SIGTERM, says offline and leaves no ffmpeg behind', async () => {
    const { pid } = stage.daemon.process;
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    expect(children.length).toBeGreaterThanOrEqual(2);
    expect(await stage.daemon.stop()).toBe(0);
    await stage.until('offline', () =>
      messages.some(({ topic, text }) => topic === 'facegate/e2e/status' && text === 'offline'),
    );
    const left = await Promise.all(
      children.map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
    );
    expect(left.filter(line => line.includes('ffmpeg'))).toEqual([]);
  });
});
