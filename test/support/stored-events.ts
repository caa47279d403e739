import type { DoorDecision, FaceEvent, UnknownSeen } from '../../src/domain/event.ts';
import type { Person } from '../../src/domain/person.ts';

/** An event of the given sequence number; with a person it is a `person_seen`, else an `unknown_seen`. */
export function eventOf(seq: number, person?: Person): FaceEvent {
  const track = {
    schema: 1,
    event_id: `event-${seq}`,
    seq,
    node: 'door',
    camera: 'front',
    customer: 'default',
    track_id: 'front-1',
    captured_at: '2026-01-01T00:00:00.000Z',
    decided_at: '2026-01-01T00:00:00.100Z',
    bounding_box: { left_x: 1, left_y: 2, right_x: 3, right_y: 4 },
    similarity: 0.7,
    threshold: 0.5,
    operating_point: { target_fpir: 1e-4, persons: 2, fmr: 5e-5, comparisons: 1_000_000, supported: true },
    frames: 2,
    quality: { height: 120, norm: 3.5, yaw: 0, sharpness: 90 },
    liveness: 'not_assessed',
    model: 'test-embedder',
  } as const;
  if (!person) return { ...track, type: 'unknown_seen' };
  return {
    ...track,
    type: 'person_seen',
    margin: 0.3,
    person: { miicloud_person_id: person.id, customer_person_id: person.customerPersonId },
  };
}

/** A grant to the person at the door `main`. */
export function decisionOf(seq: number, person: Person): DoorDecision {
  const { camera, customer, track_id, similarity, threshold, frames, liveness, model, ...event } = eventOf(
    seq,
  ) as UnknownSeen;
  const { schema, event_id, node, captured_at, decided_at } = event;
  return {
    ...{ type: 'door_decision', door: 'main', decision: 'grant' },
    ...{ schema, event_id, seq, node, camera, customer, track_id, captured_at, decided_at },
    ...{ similarity, threshold, frames, liveness, model },
    expires_at: '2026-01-01T00:00:05.000Z',
    person: { miicloud_person_id: person.id, customer_person_id: person.customerPersonId },
  };
}
