import type { UnstampedEvent } from '../domain/event.ts';

/** Who is before a camera now: a state, which opens nothing. */
export interface PresenceReport {
  readonly camera: string;
  /** By id; each person once, since they were first recognized without having left. */
  readonly persons: readonly { readonly customer_person_id: string; readonly since: string }[];
}

/** Follows who has come and gone at each camera. */
export interface Presence {
  /** `isStored` is false for an event about somebody who is erased: they are not there, but may leave. */
  note(event: UnstampedEvent, isStored: boolean): void;
}

interface Visit {
  readonly customer_person_id: string;
  readonly since: string;
}

/** Nobody is before any of the cameras, which is told at once: a broker may still hold who was there before a restart. */
export function createPresence(options: {
  cameras: readonly string[];
  tell: (report: PresenceReport) => void;
}): Presence {
  const { cameras, tell } = options;
  const visits = new Map(cameras.map(camera => [camera, new Map<string, Visit>()]));
  for (const camera of cameras) tell({ camera, persons: [] });

  return {
    note: (event, isStored) => {
      const tracks = visits.get(event.camera);
      if (tracks === undefined) return;
      if (event.type === 'person_seen' && isStored)
        tracks.set(event.track_id, {
          customer_person_id: event.person.customer_person_id,
          since: event.captured_at,
        });
      else if (event.type === 'person_left') tracks.delete(event.track_id);
      else return;
      tell({ camera: event.camera, persons: eachOnce([...tracks.values()]) });
    },
  };
}

function eachOnce(visits: readonly Visit[]): Visit[] {
  const first = new Map<string, Visit>();
  for (const visit of visits) {
    const known = first.get(visit.customer_person_id);
    if (known === undefined || visit.since < known.since) first.set(visit.customer_person_id, visit);
  }
  return [...first.values()].sort((a, b) => (a.customer_person_id < b.customer_person_id ? -1 : 1));
}
