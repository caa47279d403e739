import type { ApiSnapshots } from '../api/snapshot-routes.ts';
import type { Config } from '../config/schema.ts';
import type { UnstampedEvent } from '../domain/event.ts';
import type { Box } from '../domain/geometry.ts';
import type { FaceCrop, Image } from '../domain/image.ts';
import { cropFace } from '../engine/face-crop.ts';
import type { Outbox } from '../events/outbox.ts';
import { createSnapshots, type Snapshots } from '../events/snapshots.ts';
import { encodeJpeg } from '../ingest/jpeg.ts';
import type { Logger } from '../platform/logger.ts';
import type { Resource } from '../platform/resources.ts';
import type { Store } from '../store/store.ts';

/** The way of events into the outbox, on which the face that one rests on may be kept. */
export interface EventSink {
  add(event: UnstampedEvent, crop?: FaceCrop): Promise<unknown>;
  /** Cuts a face out of a picture; absent where nothing is kept of any. */
  readonly cropFace?: (picture: Image, box: Box) => Image;
}

/** The snapshots of events as the configuration wants them. */
export function openSnapshots(parts: {
  config: Config;
  store: Pick<Store, 'snapshots'>;
  outbox: Outbox;
  log: Logger;
}): EventSink & ApiSnapshots & Pick<Snapshots, 'dropped'> & Resource {
  const { config, store, outbox, log } = parts;
  const policy = config.history.snapshots;
  const snapshots = createSnapshots({ outbox, table: store.snapshots, policy, encode: encodeJpeg, log });
  return { ...snapshots, ...((policy.known || policy.unknown) && { cropFace }) };
}
