import type { ApiLedger } from '../api/ledger.ts';
import type { Config } from '../config/schema.ts';
import type { Gallery } from '../gallery/gallery.ts';
import { createRetention } from '../gallery/retention.ts';
import type { Logger } from '../platform/logger.ts';
import { type ResourceStack, startLoop } from '../platform/resources.ts';
import { createAuditQueue } from '../store/audit/audit-queue.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';

/** The audit log, receipts and the key, as the REST API needs them. */
export function openLedger(parts: { store: Store; log: Logger; resources: ResourceStack }): ApiLedger {
  const { store, log, resources } = parts;
  const queue = resources.use(createAuditQueue({ record: store.audit.record, log }));
  return {
    note: queue.add,
    page: store.audit.page,
    verify: store.audit.verify,
    receipts: store.receipts,
    rotateKey: store.rotateKey,
  };
}

/** Erases once a day whoever may not be kept any longer. */
export function startRetention(parts: {
  config: Config;
  store: Store;
  gallery: Gallery;
  clock: Pick<Clock, 'now' | 'reasonToKeep'>;
  log: Logger;
  resources: ResourceStack;
}): void {
  const { config, store, gallery, clock, log, resources } = parts;
  const retention = createRetention({
    policy: {
      ...config.privacy,
      eventDays: config.history.retentionDays,
      snapshotDays: config.history.snapshots.retentionDays,
    },
    store,
    gallery,
    reasonToKeep: clock.reasonToKeep,
    now: clock.now,
    log,
  });
  resources.use(startLoop(signal => retention.run(signal)));
}
