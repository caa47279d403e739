import { z } from 'zod';
import type { FaceEvent } from '../domain/event.ts';
import { CustomerPersonId, Limit } from './fields.ts';

const TYPES = {
  person_seen: true,
  unknown_seen: true,
  person_left: true,
  attack_suspected: true,
  camera_tamper: true,
  door_decision: true,
} as const satisfies Record<FaceEvent['type'], true>;

const NAMES = Object.keys(TYPES) as FaceEvent['type'][];

/** The number of an event, as text. */
export const Seq = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the seq of an event, or the next of an earlier answer')
  .transform(Number)
  .meta({ sent: { type: 'integer', minimum: 0 } });

const filters = {
  after: Seq.optional().describe('only events with a greater seq'),
  type: z.enum(NAMES, `must be one of ${NAMES.join(', ')}`).optional(),
  camera: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'must be the id of a camera')
    .optional()
    .describe('only events of this camera'),
  person: CustomerPersonId.optional().describe('only events that name this person, by your own id'),
};

// A filter with a slip in its name would otherwise show everything.
const only = (names: string) => (issue: { code?: string }) =>
  issue.code === 'unrecognized_keys' ? `may have the parameters ${names} only` : undefined;

/** The query of the history of events. */
export const HistoryQuery = z.strictObject(
  { ...filters, limit: Limit },
  { error: only('after, type, camera, person and limit') },
);

/** The query of the stream of events. */
export const StreamQuery = z.strictObject(filters, { error: only('after, type, camera and person') });

/** Which events a query asks for. */
export type AskedEvents = Pick<z.output<typeof StreamQuery>, 'type' | 'camera' | 'person'>;
