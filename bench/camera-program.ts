/** An RTSP camera as a process of its own; its address is its first line, then the position and time (ms since the epoch) of each picture sent. */
import { readClip } from '../test/support/rtsp-camera/annex-b.ts';
import { openRtspCamera } from '../test/support/rtsp-camera/server.ts';

const camera = await openRtspCamera({
  clip: readClip(process.argv[2]!),
  onPicture: position => process.send!({ position, at: performance.timeOrigin + performance.now() }),
});
process.send!({ url: camera.url });
