// A daemon with two cameras in a control group whose memory does not suffice: node dist/bench/faults-memory.js [--rounds 6] [--spare-mb 20].
// It takes root. Large images have the kernel end a process again and again: it must never be the daemon, which must answer all, know whom it
// knew, and have its cameras back. Ends with 1 where it does not; the last line is JSON.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { openCameraProcess } from '../test/support/rtsp-camera/camera-process.ts';
import { arrivalClip, personPhoto, SUB } from './clips.ts';
import { openTarget, type Target } from './http-faults/target.ts';
import { type MemoryGroup, openMemoryGroup } from './memory-group.ts';
import { giveUp } from './report.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '6' }, 'spare-mb': { type: 'string', default: '20' } },
});
const CAMERA_PROGRAM = new URL('../test/support/rtsp-camera/camera-program.js', import.meta.url);
const LIVE_MS = 60_000;
const SIDE = 4300;
const MB = 1e6;
const tell = (line: string) => void process.stdout.write(`${line}\n`);

await main().catch(giveUp);

async function main(): Promise<void> {
  const clip = await arrivalClip(SUB);
  const { cameras, close } = await openCameraProcess([{ clip }, { clip }], CAMERA_PROGRAM);
  const group = openMemoryGroup('faults');
  try {
    const target = await group.within(() => openTarget(cameras.map(({ url }) => `url: "${url}"`)));
    try {
      const outcome = await press(target, group);
      tell(JSON.stringify(outcome));
      const { kills, deaths, refused, wrong, live } = outcome;
      process.exitCode = kills > 0 && deaths === 0 && refused > 0 && wrong === 0 && live === 2 ? 0 : 1;
    } finally {
      await target.close();
    }
  } finally {
    group.close();
    await close();
  }
}

/** Sends images that take more memory than there is, and beside each the photo of somebody who is enrolled. */
async function press(target: Target, group: MemoryGroup) {
  await allLive(target);
  const before = await target.known();
  const used = group.used();
  group.limit(used + Number(values['spare-mb']) * MB);
  tell(`the daemon and its children use ${Math.round(used / MB)} MB and may use ${values['spare-mb']} more`);
  const outcome = {
    rounds: Number(values.rounds),
    kills: 0,
    deaths: 0,
    refused: 0,
    taken: 0,
    wrong: 0,
    live: 0,
  };
  const image = await greedyImage();
  for (let round = 0; round < outcome.rounds; round++) {
    const [greedy, beside] = await Promise.all([target.match(image), target.known()]);
    tell(`${greedy.status} ${greedy.text.slice(0, 100)}`);
    if (greedy.status === 0) outcome.deaths++;
    else if (greedy.status === 200) outcome.taken++;
    else outcome.refused++;
    // What came beside may be told to come again; a wrong answer it must not be.
    if (beside !== before && !beside.includes('not_ready') && !beside.includes('overloaded')) outcome.wrong++;
  }
  outcome.kills = group.kills();
  await allLive(target).catch(() => undefined);
  outcome.live = (await target.cameras()).filter(({ phase }) => phase === 'live').length;
  if ((await target.known()) !== before) outcome.wrong++;
  return outcome;
}

/** The photo as a progressive JPEG of as many pixels as may be: it is kept whole while it is decoded, which takes some 60 MB. */
async function greedyImage(): Promise<Buffer> {
  const photo = sharp(readFileSync(await personPhoto())).resize(SIDE, SIDE, { fit: 'fill' });
  return photo.jpeg({ progressive: true, quality: 40 }).toBuffer();
}

async function allLive(target: Target): Promise<void> {
  for (const deadline = Date.now() + LIVE_MS; ; await sleep(250)) {
    if ((await target.cameras()).every(({ phase }) => phase === 'live')) return;
    if (Date.now() > deadline) throw new Error(`The cameras are not live:\n${target.log()}`);
  }
}
