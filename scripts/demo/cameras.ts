import { readClip } from '../../test/support/rtsp-camera/annex-b.ts';
import { openRtspCamera } from '../../test/support/rtsp-camera/server.ts';
import type { DemoMedia } from './media.ts';

/** The demo's cameras on loopback; `urls` hold `${CAMERA_PASSWORD}` where the password belongs. */
export interface DemoCameras {
  readonly urls: Readonly<Record<string, string>>;
  readonly password: string;
  close(): Promise<unknown>;
}

/** Starts one simulated camera per clip. */
export async function startCameras(media: DemoMedia): Promise<DemoCameras> {
  const credentials = { user: 'viewer', password: 'demo-camera-password', scheme: 'digest' as const };
  const cameras = await Promise.all(
    Object.entries(media.clips).map(async ([id, file]) => {
      const camera = await openRtspCamera({
        clip: readClip(file),
        fps: 25,
        path: `/${id}`,
        credentials,
      });
      return { id, camera };
    }),
  );
  return {
    urls: Object.fromEntries(
      cameras.map(({ id, camera }) => [
        id,
        `rtsp://${credentials.user}:\${CAMERA_PASSWORD}@127.0.0.1:${camera.port}/${id}`,
      ]),
    ),
    password: credentials.password,
    close: () => Promise.all(cameras.map(({ camera }) => camera.close())),
  };
}
