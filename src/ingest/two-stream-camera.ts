import type { CameraConfig } from '../config/schema.ts';
import type { CameraStatus, DetailStatus } from '../domain/camera.ts';
import type { Camera, CameraDependencies } from './camera.ts';
import {
  type CameraStream,
  createCameraStream,
  type StreamOutlet,
  type StreamStatus,
} from './camera-stream.ts';
import { createFrameChoice, type StreamName } from './frame-choice.ts';

/**
 * A camera whose faces are found in its sub stream (`detectUrl`, every picture decoded) and looked at in its main stream
 * (`url`, decoded as `decode` says: key pictures alone cost a tenth) where they are too small. Each has a decoder
 * and a supervision of its own: they fail and recover apart. While the sub stream does not play, the main one takes its
 * place.
 */
export function createTwoStreamCamera(
  config: CameraConfig & { readonly detectUrl: string },
  deps: CameraDependencies & Required<Pick<CameraDependencies, 'onPicture'>>,
): Camera {
  const { id, detectUrl } = config;
  const choice = createFrameChoice(() => sub.phase === 'live');
  let sequence = 0;

  const status = (): CameraStatus => {
    const { skipped, ...own } = sub.status();
    const large = main.status();
    const lastFrameAt = Math.max(own.lastFrameAt ?? 0, large.lastFrameAt ?? 0);
    return {
      id,
      ...own,
      ...(standsIn() ? { message: standInMessage(own.message) } : {}),
      ...(own.softwareFallback || large.softwareFallback ? { softwareFallback: true } : {}),
      ...(lastFrameAt > 0 ? { lastFrameAt } : {}),
      dropped: choice.dropped + skipped,
      detail: detailOf(large),
    };
  };

  const standsIn = () => sub.phase !== 'live' && main.phase === 'live';

  const changed = () => {
    choice.reconsider();
    deps.onStatus?.(status());
  };

  const outletOf = (stream: StreamName): Omit<StreamOutlet, 'onPicture'> => ({
    nextSequence: () => ++sequence,
    onFrame: frame => choice.put(stream, frame),
    onNoBuffers: () => choice.discard(stream),
    onStatus: changed,
  });

  const sub: CameraStream = createCameraStream(
    { ...config, url: detectUrl, decode: 'all' },
    { ...deps, log: deps.log.child({ part: 'ingest/sub', camera: id }) },
    { ...outletOf('sub'), onPicture: deps.onPicture },
  );
  const main: CameraStream = createCameraStream(
    config,
    { ...deps, log: deps.log.child({ part: 'ingest/main', camera: id }) },
    {
      ...outletOf('main'),
      onPicture: (picture, capturedAt) => {
        if (standsIn()) deps.onPicture(picture, capturedAt);
      },
    },
  );

  return {
    id,
    status,
    takeNewest: (wanted = 'any') => choice.take(wanted),
    frameAvailable: (signal, wanted = 'any') => choice.available(signal, wanted),
    run: async signal => {
      await Promise.all([sub.run(signal), main.run(signal)]);
    },
  };
}

function standInMessage(message: string | undefined): string {
  const meanwhile = 'Until the sub stream plays, faces are looked for in the main stream.';
  return message === undefined ? meanwhile : `${message} ${meanwhile}`;
}

function detailOf(main: StreamStatus): DetailStatus {
  const { phase, frames, restarts, reason, message, width, height } = main;
  return {
    ...{ phase, frames, restarts },
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
}
