import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../test/support/brokers.ts';
import { createToken, startDaemon } from '../../test/support/daemon-process.ts';
import { startCameras } from './cameras.ts';
import { enroll } from './enroll.ts';
import { type DemoEvent, describeEvent, subscribe } from './events.ts';
import { demoMedia } from './media.ts';

/** The demo: two simulated RTSP cameras, the real daemon, two persons enrolled over REST, events read over MQTT. */
async function demo(options: { once: boolean; json: boolean }, stop: AbortSignal): Promise<void> {
  const note = (text: string) => process.stderr.write(`[demo] ${text}\n`);
  const folder = await mkdtemp(join(tmpdir(), 'facegate-demo-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const media = await demoMedia();
    note('starting two cameras (RTSP over TCP with digest authentication) ...');
    const cameras = await startCameras(media);
    closers.push(cameras.close);

    note('starting the daemon ...');
    const mqttPort = await freePort();
    const settings = {
      folder,
      env: { CAMERA_PASSWORD: cameras.password },
      config: [
        'node: demo',
        'http: { port: 0 }',
        `mqtt: { url: "embedded:${mqttPort}" }`,
        'cameras:',
        ...Object.entries(cameras.urls).map(
          ([id, url]) => `  - { id: ${id}, url: "${url}", customer: demo }`,
        ),
      ],
    };
    const token = await createToken(settings, 'demo');
    const daemon = await startDaemon(settings);
    closers.push(daemon.stop);
    const { url } = daemon;
    const failed = daemon.exited.then(code => {
      throw new Error(
        `The daemon ended with code ${code}:\n${daemon.log().trim().split('\n').slice(-5).join('\n')}`,
      );
    });
    failed.catch(() => undefined);

    const events = new Set<DemoEvent['type']>();
    let announceComplete = () => {};
    const complete = new Promise<void>(resolve => {
      announceComplete = resolve;
    });
    const subscription = await subscribe(`mqtt://127.0.0.1:${mqttPort}`, event => {
      process.stdout.write(`${options.json ? JSON.stringify(event) : describeEvent(event, Date.now())}\n`);
      events.add(event.type);
      if (events.has('person_seen') && events.has('unknown_seen')) announceComplete();
    });
    closers.push(subscription.close);

    for (const person of media.persons) {
      note(`enrolling ${person.firstName} over REST from a photo ...`);
      await enroll({ url, token, ...person });
    }
    note(`REST at ${url}, MQTT at mqtt://127.0.0.1:${mqttPort} (topics facegate/demo/#). Try:`);
    note(`curl -H 'Authorization: Token ${token}' ${url}/miicloud/person/${media.persons[0].id}`);
    note(options.once ? 'waiting for a known and an unknown person ...' : 'Ctrl-C ends the demo.');

    const stopped = new Promise<void>(resolve =>
      stop.addEventListener('abort', () => resolve(), { once: true }),
    );
    if (options.once) await Promise.race([complete, stopped, timeOut(events), failed]);
    else await Promise.race([stopped, failed]);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

const ONCE_DEADLINE_MS = 120_000;

function timeOut(seen: ReadonlySet<string>): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => {
      const missing = ['person_seen', 'unknown_seen'].filter(type => !seen.has(type));
      reject(new Error(`After ${ONCE_DEADLINE_MS / 1000} s there was no event ${missing.join(' and no ')}.`));
    }, ONCE_DEADLINE_MS).unref();
  });
}

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());
try {
  await demo(values, stop.signal);
} catch (error) {
  process.stderr.write(`[demo] failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
