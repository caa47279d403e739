import { setTimeout as sleep } from 'node:timers/promises';
import { openCameraProcess } from '../../test/support/rtsp-camera/camera-process.ts';
import { arrivalClip, SUB } from '../clips.ts';
import { openTarget, type Target } from './target.ts';

const CAMERAS = 4;
const CAMERA_PROGRAM = new URL('../../test/support/rtsp-camera/camera-program.js', import.meta.url);
const LIVE_MS = 60_000;

/** Runs `measure` on a daemon with four cameras that a person walks before all the time, once all are live. */
export async function withCameras(measure: (target: Target) => Promise<void>): Promise<void> {
  const clip = await arrivalClip(SUB);
  const setups = Array.from({ length: CAMERAS }, () => ({ clip, fps: 25 }));
  const { cameras, close } = await openCameraProcess(setups, CAMERA_PROGRAM);
  try {
    const target = await openTarget(cameras.map(({ url }) => `url: "${url}"`));
    try {
      const deadline = Date.now() + LIVE_MS;
      while ((await target.cameras()).some(({ phase }) => phase !== 'live')) {
        if (Date.now() > deadline) throw new Error(`The cameras are not live:\n${target.log()}`);
        await sleep(250);
      }
      await measure(target);
    } finally {
      await target.close();
    }
  } finally {
    await close();
  }
}
