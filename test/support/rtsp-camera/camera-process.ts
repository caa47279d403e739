import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Faults } from './faults.ts';
import type { RtspCamera, RtspCameraOptions } from './server.ts';

/** How a camera in another process is built; the clip is the name of an Annex-B file. */
export type CameraSetup = Omit<RtspCameraOptions, 'clip' | 'onPicture'> & {
  readonly clip: string;
  /** Tells when it shows each so many-th picture, whether or not anybody is there to receive it. */
  readonly tellEvery?: number;
};

/** What can be asked of a camera in another process. */
export type CameraAction = 'powerOff' | 'powerOn' | 'hangUp' | 'reset';

/** A message to the program: one change of camera number `camera`. */
export interface CameraOrder {
  readonly id: number;
  readonly camera: number;
  readonly faults?: Partial<Faults>;
  readonly action?: CameraAction;
  readonly clip?: string;
}

/** A message from the program: the cameras are there, an order was carried out, or camera number `camera` shows a picture, `at` in milliseconds since the epoch. */
export type CameraNews =
  | { readonly ready: Pick<RtspCamera, 'url' | 'port'>[] }
  | { readonly done: number }
  | { readonly camera: number; readonly position: number; readonly at: number };

/** A camera in another process. */
export interface RemoteCamera {
  readonly url: string;
  readonly port: number;
  /** When it showed pictures, by their position, in milliseconds since the epoch. */
  readonly shownAt: ReadonlyMap<number, number>;
  set(faults: Partial<Faults>): Promise<void>;
  act(action: CameraAction): Promise<void>;
  switchClip(file: string): Promise<void>;
}

/** Cameras in a process of their own: they can be stopped as a whole (SIGSTOP), and take no time of the caller's thread. */
export interface CameraProcess {
  readonly pid: number;
  readonly cameras: readonly RemoteCamera[];
  close(): Promise<void>;
}

/** Starts the compiled camera-program at `program` with these cameras. */
export async function openCameraProcess(
  setups: readonly CameraSetup[],
  program: URL,
): Promise<CameraProcess> {
  const child = fork(program, { serialization: 'advanced' });
  const waiting = new Map<number, () => void>();
  const shown = setups.map(() => new Map<number, number>());
  let orders = 0;
  const ready = new Promise<Pick<RtspCamera, 'url' | 'port'>[]>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the cameras' process ended with code ${code}`)));
    child.on('message', (news: CameraNews) => {
      if ('ready' in news) resolve(news.ready);
      else if ('camera' in news) shown[news.camera].set(news.position, news.at);
      else waiting.get(news.done)?.();
    });
  });
  child.send(setups);

  const order = (what: Omit<CameraOrder, 'id'>) =>
    new Promise<void>(resolve => {
      const id = ++orders;
      waiting.set(id, resolve);
      child.send({ id, ...what } satisfies CameraOrder);
    });

  return {
    pid: child.pid!,
    cameras: (await ready).map((address, camera) => ({
      ...address,
      shownAt: shown[camera],
      set: faults => order({ camera, faults }),
      act: action => order({ camera, action }),
      switchClip: clip => order({ camera, clip }),
    })),
    close: async () => {
      const exited = once(child, 'exit');
      // Also where it is stopped.
      child.kill('SIGKILL');
      await exited;
    },
  };
}
