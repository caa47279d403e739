import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enroll } from '../scripts/demo/enroll.ts';
import type { CameraReport } from '../src/domain/camera.ts';
import { createToken, startDaemon } from '../test/support/daemon-process.ts';
import { personPhoto } from './clips.ts';

/** The daemon as users run it, with the person of the clips enrolled and nothing else in its gallery. */
export interface BenchDaemon {
  readonly pid: number;
  readonly url: string;
  /** What GET /api/v1/cameras says. */
  cameras(): Promise<readonly CameraReport[]>;
  /** Waits until every camera is live; throws after a minute. */
  live(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a daemon with these cameras (YAML flow maps without id and customer). */
export async function openBenchDaemon(options: {
  cameras: readonly string[];
  mqttUrl?: string;
  config?: readonly string[];
}): Promise<BenchDaemon> {
  const folder = await mkdtemp(join(tmpdir(), 'facegate-bench-'));
  const settings = {
    folder,
    config: [
      'node: bench',
      'http: { port: 0 }',
      `mqtt: { url: "${options.mqttUrl ?? 'embedded:0'}" }`,
      ...(options.config ?? []),
      'cameras:',
      ...options.cameras.map((camera, at) => `  - { id: cam-${at + 1}, customer: bench, ${camera} }`),
    ],
  };
  const token = await createToken(settings, 'bench');
  const daemon = await startDaemon(settings);
  const { url } = daemon;
  await enroll({ url, token, id: 'bench-1', firstName: 'Bench', photo: await personPhoto() });

  const cameras = async () => {
    const answer = await fetch(`${url}/api/v1/cameras`, { headers: { authorization: `Token ${token}` } });
    return ((await answer.json()) as { cameras: CameraReport[] }).cameras;
  };
  return {
    pid: daemon.process.pid!,
    url,
    cameras,
    async live() {
      for (const deadline = Date.now() + 60_000; ; await sleep(250)) {
        const waiting = (await cameras()).filter(({ phase }) => phase !== 'live');
        if (waiting.length === 0) return;
        if (Date.now() > deadline) throw new Error(`Not live: ${JSON.stringify(waiting)}\n${daemon.log()}`);
      }
    },
    async close() {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
