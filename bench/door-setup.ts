import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DoorDecision } from '../src/domain/event.ts';
import type { DaemonSettings } from '../test/support/daemon-process.ts';
import { createDoorController, type DoorController } from '../test/support/door-controller.ts';
import { faceVideo, ffmpeg } from '../test/support/media.ts';
import type { Opening } from './door-visits.ts';

const SECRET = '0e5f4d3b2a1908f7e6d5c4b3a29180716f5e4d3c2b1a09f8e7d6c5b4a3928170';

/** A controller whose openings are written down. */
export function watchedController(
  door: string,
  openings: Opening[],
  refused: Record<string, number>,
): DoorController {
  const controller = createDoorController({ node: 'faults', door, secret: SECRET, now: Date.now });
  const hear: typeof controller.hear = (payload, isRetained) => {
    const refusal = controller.hear(payload, isRetained);
    if (refusal !== undefined) refused[refusal] = (refused[refusal] ?? 0) + 1;
    else {
      const { captured_at, person } = JSON.parse(Buffer.from(payload).toString()) as DoorDecision;
      openings.push({
        door,
        at: Date.now(),
        capturedAt: Date.parse(captured_at),
        person: person?.customer_person_id,
      });
    }
    return refusal;
  };
  return { ...controller, hear };
}

/** A daemon with two cameras and four doors: who comes to `main` may pass; `shut` is shut today, `board` for others; `back` is at the other camera. */
export function doorSettings(
  folder: string,
  mqttUrl: string,
  [gate, yard]: readonly string[],
): DaemonSettings {
  const days = [0, 1].map(day => new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10));
  const door = `customer: acme, key: ${SECRET}, cooldownSeconds: 2`;
  return {
    folder,
    config: [
      'node: faults',
      'http: { port: 0 }',
      `mqtt: { url: "${mqttUrl}" }`,
      'recognition: { trackTimeoutMs: 1000 }',
      'cameras:',
      `  - { id: gate, url: "${gate}", customer: acme }`,
      `  - { id: yard, url: "${yard}", customer: acme }`,
      'doors:',
      `  - { id: main, ${door}, cameras: [gate] }`,
      `  - { id: shut, ${door}, cameras: [gate], schedule: { holidays: [${days.join(', ')}] } }`,
      `  - { id: board, ${door}, cameras: [gate], groups: [board] }`,
      `  - { id: back, ${door}, cameras: [yard] }`,
    ],
  };
}

/** The photo that the man of the other camera is enrolled from. PNG. */
export async function manPhoto(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'facegate-man-')), 'man.png');
  await ffmpeg(['-ss', '20', '-i', await faceVideo('franck'), '-frames:v', '1', file]);
  return file;
}
