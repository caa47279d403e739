import { DENY_REASONS } from '../domain/door.ts';
import type { MessageKind } from './topics.ts';

/** A JSON Schema (draft 7, as AsyncAPI wants it). */
export type JsonSchema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const number = { type: 'number' };
const count = { type: 'integer', minimum: 0 };
const time = { type: 'string', format: 'date-time' };
const oneOf = (...values: readonly string[]) => ({ type: 'string', enum: values });
const listOf = (items: JsonSchema) => ({ type: 'array', items });
const countsOf = { type: 'object', additionalProperties: count };

/** All of `required` and perhaps those of `optional`; later versions may add more. */
function object(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

const corner = { type: 'integer' };
const box = object({ left_x: corner, left_y: corner, right_x: corner, right_y: corner });
const quality = object({ height: number, norm: number, yaw: number, sharpness: number });
const person = object(
  { miicloud_person_id: text, customer_person_id: text },
  { first_name: text, last_name: text },
);

const nodeEvent = (type: MessageKind) => ({
  schema: { type: 'integer', const: 1 },
  event_id: { ...text, format: 'uuid' },
  seq: { type: 'integer', minimum: 1 },
  node: text,
  type: { type: 'string', const: type },
  camera: text,
  customer: text,
  captured_at: time,
  decided_at: time,
  published_at: time,
});

const recognition = {
  track_id: text,
  similarity: number,
  threshold: number,
  frames: count,
  liveness: oneOf('live', 'attack', 'not_assessed'),
  model: text,
};

const trackEvent = (type: MessageKind) => ({
  ...nodeEvent(type),
  ...recognition,
  bounding_box: box,
  operating_point: object(
    { target_fpir: number, persons: count, comparisons: count, supported: { type: 'boolean' } },
    { fmr: number },
  ),
  quality,
});

/** What each kind of message carries; the schemas in `config/asyncapi.json` are these. */
export const PAYLOAD_SCHEMAS: { readonly [K in MessageKind]: JsonSchema } = {
  status: oneOf('online', 'offline'),
  events_dropped: object({ total: count, by_type: countsOf, newest_seq: count }),
  camera_state: object(
    {
      id: text,
      phase: oneOf('idle', 'starting', 'live', 'stalled', 'backoff', 'stopped'),
      frames: count,
      dropped: count,
      restarts: count,
      since: time,
    },
    { reason: text, message: text, width: count, height: count, last_frame_at: time },
  ),
  camera_faces: object({
    camera: text,
    captured_at: time,
    width: count,
    height: count,
    faces: listOf(
      object(
        { track_id: text, bounding_box: box, identity: oneOf('undecided', 'unknown', 'known') },
        { customer_person_id: text },
      ),
    ),
  }),
  presence: object({ camera: text, persons: listOf(object({ customer_person_id: text, since: time })) }),
  person_seen: object({ ...trackEvent('person_seen'), person, margin: number }),
  unknown_seen: object(trackEvent('unknown_seen')),
  person_left: object({ ...trackEvent('person_left'), person, margin: number }),
  attack_suspected: object(trackEvent('attack_suspected'), { person }),
  camera_tamper: object({
    ...nodeEvent('camera_tamper'),
    kind: oneOf('frozen', 'looped', 'cleared'),
  }),
  door_decision: object(
    {
      ...nodeEvent('door_decision'),
      ...recognition,
      door: text,
      decision: oneOf('grant', 'deny'),
      expires_at: time,
    },
    {
      reason: oneOf(...DENY_REASONS),
      person,
      margin: number,
      quality,
      unlock_ms: count,
      signature: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      stale: { type: 'boolean', const: true },
    },
  ),
};
