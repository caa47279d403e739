import type { CameraConfig } from '../config/schema.ts';
import type { CameraStatus } from '../domain/camera.ts';
import type { Camera, CameraDependencies } from './camera.ts';
import { type CameraStream, createCameraStream } from './camera-stream.ts';
import { createNewestFrame } from './newest-frame.ts';
import { createRepeats } from './repeats.ts';
import { createWholeGate } from './whole-gate.ts';

/** A camera of one stream: whole pictures only while a face is to be described, small ones else. */
export function createOneStreamCamera(
  config: CameraConfig,
  deps: CameraDependencies & Required<Pick<CameraDependencies, 'onPicture'>>,
): Camera {
  const { id } = config;
  const gate = createWholeGate();
  const newest = createNewestFrame();
  const repeats = createRepeats({
    isWholeWanted: () => gate.isOpen,
    isWaiting: () => newest.peek() !== undefined,
  });
  let sequence = 0;

  const status = (): CameraStatus => {
    const { skipped, ...own } = stream.status();
    return { id, ...own, dropped: newest.dropped + skipped };
  };

  const stream: CameraStream = createCameraStream(config, deps, {
    nextSequence: () => ++sequence,
    onPicture: deps.onPicture,
    onFrame: newest.put,
    onNoBuffers: newest.discard,
    onStatus: () => deps.onStatus?.(status()),
    // Between key pictures there would be too long a wait for the first whole one.
    ...(config.decode === 'all' && { gate, isRepeat: repeats.isRepeat }),
  });

  return {
    id,
    status,
    run: stream.run,
    takeNewest: (wanted = 'any') => {
      gate.set(wanted === 'detail');
      return newest.take();
    },
    frameAvailable: (signal, wanted = 'any') => {
      gate.set(wanted === 'detail');
      return newest.available(signal);
    },
  };
}
