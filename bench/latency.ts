// How soon: from a picture's sending to its frame and its faces, and from first sight to a name at an MQTT client.
// node dist/bench/latency.js [--json]
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { type CameraConfig, ConfigSchema } from '../src/config/schema.ts';
import type { Image } from '../src/domain/image.ts';
import { createCamera } from '../src/ingest/create-camera.ts';
import { locateFfmpeg } from '../src/ingest/ffmpeg-locator.ts';
import { silentLogger } from '../src/platform/logger.ts';
import { openMosquitto } from '../test/support/brokers.ts';
import { openTestEngine } from '../test/support/engine.ts';
import { readClip } from '../test/support/rtsp-camera/annex-b.ts';
import { openBenchDaemon } from './bench-daemon.ts';
import { ARRIVAL, arrivalClip, BARCODE, barcodeClip, type ClipSize, MAIN, SUB } from './clips.ts';
import { giveUp, type Quantiles, quantiles, table } from './report.ts';
import { epochNow, startCamera } from './timed-camera.ts';

const INPUT = { width: 480, height: 360 };
const FPS = 25;
const WARM_UP_MS = 6000;
const WATCH_MS = 25_000;
const ARRIVALS = 20;

async function main(): Promise<void> {
  const sub = await pictureLatency(SUB);
  const full = await pictureLatency(MAIN);
  const known = await nameLatency(await arrivalClip(SUB));
  const row = (name: string, { p50, p95 }: Quantiles) => [name, p50.toFixed(0), p95.toFixed(0)];
  console.log(
    table(
      ['milliseconds', 'p50', 'p95'],
      [
        row('360p25: sent to frame', sub.frame),
        row('360p25: sent to faces', sub.faces),
        row('1080p25: sent to frame', full.frame),
        row('1080p25: sent to faces', full.faces),
        row(`360p25: first sight to the name at an MQTT client, ${known.count} arrivals`, known),
      ],
    ),
  );
  const rounded = ({ p50, p95 }: Quantiles, unit: number) => ({
    p50: Number((p50 / unit).toFixed(3)),
    p95: Number((p95 / unit).toFixed(3)),
  });
  if (process.argv.includes('--json'))
    console.log(JSON.stringify({ frame_ms: rounded(sub.frame, 1), known_s: rounded(known, 1000) }));
}

/** Reads the number in each picture and compares with when it was sent. */
async function pictureLatency(size: ClipSize): Promise<{ frame: Quantiles; faces: Quantiles }> {
  const clip = await barcodeClip(size);
  const pictures = readClip(clip).pictures.length;
  const sender = await startCamera(clip);
  const engine = await openTestEngine();
  const camera = createCamera(cameraConfig(sender.url), {
    ffmpeg: await locateFfmpeg({ searchPath: process.env.PATH ?? '' }),
    input: INPUT,
    instance: 'bench',
    log: silentLogger,
  });
  const stop = new AbortController();
  const running = camera.run(stop.signal);
  const frame: number[] = [];
  const faces: number[] = [];
  const from = performance.now() + WARM_UP_MS;
  while (performance.now() < from + WATCH_MS) {
    await camera.frameAvailable(stop.signal, 'any');
    const found = await engine.detectNewest(() => camera.takeNewest('any'));
    if (found === undefined) continue;
    const sent = sender.sentAt(numberIn(found.frame.small, size), pictures);
    if (performance.now() > from && sent !== undefined) {
      frame.push(found.frame.capturedAt - sent);
      faces.push(epochNow() - sent);
    }
    found.frame.release();
  }
  stop.abort();
  await running;
  await engine.close();
  sender.close();
  return { frame: quantiles(frame), faces: quantiles(faces) };
}

/** Lets a person appear again and again and waits for her name. */
async function nameLatency(clip: string): Promise<Quantiles & { count: number }> {
  const broker = await openMosquitto();
  const sender = await startCamera(clip);
  const client = await connectAsync(broker.url, { protocolVersion: 5 });
  const seen: number[] = [];
  client.on('message', () => seen.push(epochNow()));
  await client.subscribeAsync('facegate/bench/event/person_seen', { qos: 1 });
  const daemon = await openBenchDaemon({ cameras: [`url: "${sender.url}", fps: 5`], mqttUrl: broker.url });
  await daemon.live();
  const delays: number[] = [];
  // Who came before the camera was live was not there to be seen.
  let last = epochNow();
  for (const deadline = epochNow() + 3 * ARRIVALS * ARRIVAL.seconds * 1000; delays.length < ARRIVALS; ) {
    if (epochNow() > deadline) throw new Error(`Only ${delays.length} of ${ARRIVALS} arrivals got a name.`);
    await sleep(50);
    const arrived = sender.sentAt(ARRIVAL.at * FPS, ARRIVAL.seconds * FPS);
    if (
      arrived === undefined ||
      arrived <= last ||
      epochNow() < arrived + 1000 * (ARRIVAL.seconds - ARRIVAL.at)
    )
      continue;
    last = arrived;
    const named = seen.find(at => at > arrived);
    delays.push(named === undefined ? Number.POSITIVE_INFINITY : named - arrived);
  }
  await daemon.close();
  await client.endAsync();
  await broker.close();
  sender.close();
  return { ...quantiles(delays), count: delays.length };
}

/** The number that the bar code of a detector picture shows. */
function numberIn(small: Image, full: ClipSize): number {
  const scale = small.width / full.width;
  const row = Math.round((BARCODE.rows * scale) / 2);
  let number = 0;
  for (let cell = 0; cell < BARCODE.cells; cell++) {
    const column = Math.round(((cell + 0.5) * small.width) / BARCODE.cells);
    if (small.data[row * small.width + column] > 125) number |= 1 << cell;
  }
  return number;
}

function cameraConfig(url: string): CameraConfig {
  return ConfigSchema.parse({ cameras: [{ id: 'bench', url }] }).cameras[0];
}

await main().catch(giveUp);
