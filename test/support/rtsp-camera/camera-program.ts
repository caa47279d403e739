/** Test cameras as a process of their own: takes their setups as its first message, then orders; see camera-process.ts. */
import { once } from 'node:events';
import { readClip } from './annex-b.ts';
import type { CameraNews, CameraOrder, CameraSetup } from './camera-process.ts';
import { openRtspCamera } from './server.ts';

const tell = (news: CameraNews) => process.send!(news);

const [setups] = (await once(process, 'message')) as [CameraSetup[]];
const cameras = await Promise.all(
  setups.map(({ tellEvery, ...setup }, camera) =>
    openRtspCamera({
      ...setup,
      clip: readClip(setup.clip),
      ...(tellEvery !== undefined && {
        onPicture: (position: number) => {
          if (position % tellEvery === 0) tell({ camera, position, at: Date.now() });
        },
      }),
    }),
  ),
);
process.on('message', (order: CameraOrder) => void carryOut(order));
process.once('disconnect', () => process.exit());
tell({ ready: cameras.map(({ url, port }) => ({ url, port })) });

async function carryOut({ id, camera: number, faults, action, clip }: CameraOrder): Promise<void> {
  const camera = cameras[number]!;
  Object.assign(camera.faults, faults);
  if (action) await camera[action]();
  if (clip) camera.switchClip(readClip(clip));
  tell({ done: id });
}
