import type { CameraPicture } from './dependencies.ts';
import { bytesOf, type LiveForm } from './live-body.ts';

const BOUNDARY = 'facegate-picture';

/** Content type of a motion JPEG. */
export const MOTION_JPEG_TYPE = `multipart/x-mixed-replace; boundary=${BOUNDARY}`;

/**
 * Pictures as parts that replace one another (RFC 2046 5.1). The boundary is sent after a picture, not before the next:
 * browsers show a picture only when they have seen it.
 */
export const MOTION_JPEG: LiveForm<CameraPicture> = {
  opening: `--${BOUNDARY}`,
  part: ({ jpeg, capturedAt }) =>
    Buffer.concat([
      bytesOf(
        '\r\nContent-Type: image/jpeg\r\n' +
          `Content-Length: ${jpeg.length}\r\n` +
          `X-Captured-At: ${new Date(capturedAt).toISOString()}\r\n\r\n`,
      ),
      jpeg,
      bytesOf(`\r\n--${BOUNDARY}`),
    ]),
  ending: '--\r\n',
};
