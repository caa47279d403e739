import { type Context, Hono } from 'hono';
import type { CameraStatus } from '../domain/camera.ts';
import { FacegateError } from '../domain/errors.ts';
import { isStillCaller } from './auth.ts';
import type { ApiCamera, ApiDependencies, Feed, ViewerLimits } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { FACE_EVENTS } from './face-events.ts';
import { nextValue } from './feed.ts';
import { type LiveForm, liveBody } from './live-body.ts';
import { MOTION_JPEG, MOTION_JPEG_TYPE } from './motion-jpeg.ts';
import { createViewers } from './viewers.ts';

const LIMITS: ViewerLimits = {
  perCamera: 16,
  // A quarter of the server's connections: those who watch must not keep out those who enroll.
  inAll: 64,
  stalledMs: 10_000,
  silentMs: 15_000,
  snapshotMs: 5000,
};

type Deps = Pick<ApiDependencies, 'cameras' | 'tokens' | 'now' | 'limits'>;

/** The routes /api/v1/cameras/{id}/...: one picture, pictures as they come, and the faces in them; only of the caller's own cameras. */
export function cameraViewRoutes(deps: Deps): Hono<ApiEnv> {
  const limits = { ...LIMITS, ...deps.limits.viewers };
  const viewers = createViewers(limits);
  const app = new Hono<ApiEnv>();

  app.get('/:id/snapshot.jpg', async c => {
    const camera = liveCamera(c);
    const headers = { 'content-type': 'image/jpeg' };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const leave = viewers.enter(camera.status().id);
    try {
      const signals = [c.req.raw.signal, c.env?.closing];
      const picture = await nextValue(camera.pictures, { timeoutMs: limits.snapshotMs, signals });
      if (picture === undefined) throw notReady(camera.status());
      const captured = { 'x-captured-at': new Date(picture.capturedAt).toISOString() };
      return c.body(Buffer.from(picture.jpeg), 200, { ...headers, ...captured });
    } finally {
      leave();
    }
  });

  app.get('/:id/live.mjpg', c => live(c, ({ pictures }) => pictures, MOTION_JPEG, MOTION_JPEG_TYPE));

  app.get('/:id/faces', c => live(c, ({ faces }) => faces, FACE_EVENTS, 'text/event-stream'));

  return app;

  function live<T>(
    c: Context<ApiEnv>,
    feedOf: (camera: ApiCamera) => Feed<T>,
    form: LiveForm<T>,
    type: string,
  ): Response {
    const camera = liveCamera(c);
    const headers = {
      'content-type': type,
      // Proxies of the nginx kind would otherwise collect pictures before they pass any on.
      'x-accel-buffering': 'no',
    };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const body = liveBody(feedOf(camera), form, {
      ...limits,
      ...c.env,
      isAllowed: () => isStillCaller(c.get('caller'), c.req.header('authorization'), deps),
      onEnd: viewers.enter(camera.status().id),
    });
    return c.body(body, 200, headers);
  }

  /** The camera in the path, if it gives pictures. Another customer's is not found, as one that does not exist. */
  function liveCamera(c: Context<ApiEnv>): ApiCamera {
    const id = c.req.param('id');
    const { customerId } = c.get('caller');
    const camera = deps.cameras().find(one => one.customer === customerId && one.status().id === id);
    if (camera === undefined)
      throw new FacegateError('not_found', 'There is no such camera; GET /api/v1/cameras lists them.');
    const status = camera.status();
    // Where the sub stream is away, the main one serves in its place.
    if (status.phase !== 'live' && status.detail?.phase !== 'live') throw notReady(status);
    return camera;
  }
}

function notReady({ message }: CameraStatus): FacegateError {
  return new FacegateError(
    'not_ready',
    message ?? 'The camera gives no pictures now; retry in a few seconds.',
  );
}
