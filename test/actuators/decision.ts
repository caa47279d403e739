import type { DoorDecision } from '../../src/domain/event.ts';
import { doorDecision } from '../events/publishing.ts';

/** A signed grant that was made now and is good for five seconds, with changes. */
export function grant(changes: Partial<DoorDecision> = {}): DoorDecision {
  return {
    ...doorDecision({ ttlMs: 5000, decidedAt: Date.now() }),
    seq: 7,
    event_id: '01a20dec-d046-7592-bb72-36b749d5c0f1',
    person: { miicloud_person_id: '7d48e04f-0480-4d41-ab05-f7b988e1467f', customer_person_id: 'ada-1234' },
    ...changes,
  };
}

/** The denial of somebody unknown, made now. */
export function denial(): DoorDecision {
  const { signature, ...rest } = grant();
  return { ...rest, decision: 'deny', reason: 'unknown', ...(signature && { signature }) };
}
