import { DENY_REASONS } from './door.ts';
import type { FaceEvent } from './event.ts';

/** A JSON Schema in words that draft 7 and 2020-12 share, as AsyncAPI and OpenAPI want it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema of an object. */
export interface ObjectSchema extends JsonSchema {
  readonly type: 'object';
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

const text = { type: 'string' };
const number = { type: 'number' };
const count = { type: 'integer', minimum: 0 };
const time = { type: 'string', format: 'date-time' };
const oneOf = (...values: readonly string[]) => ({ type: 'string', enum: values });

/** All of `required` and perhaps those of `optional`; later versions may add more. */
export function objectSchema(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): ObjectSchema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

const corner = { type: 'integer' };
/** A box in whole pixels. */
export const BOX_SCHEMA = objectSchema({ left_x: corner, left_y: corner, right_x: corner, right_y: corner });
const quality = objectSchema({ height: number, norm: number, yaw: number, sharpness: number });
const person = objectSchema(
  { miicloud_person_id: text, customer_person_id: text },
  { first_name: text, last_name: text },
);

const nodeEvent = (type: FaceEvent['type']) => ({
  schema: { type: 'integer', const: 1 },
  event_id: { ...text, format: 'uuid' },
  seq: { type: 'integer', minimum: 1 },
  node: text,
  type: { type: 'string', const: type },
  camera: text,
  customer: text,
  captured_at: time,
  decided_at: time,
});

const recognition = {
  track_id: text,
  similarity: number,
  threshold: number,
  frames: count,
  liveness: oneOf('live', 'attack', 'not_assessed'),
  model: text,
};

const trackEvent = (type: FaceEvent['type']) => ({
  ...nodeEvent(type),
  ...recognition,
  bounding_box: BOX_SCHEMA,
  operating_point: objectSchema(
    { target_fpir: number, persons: count, comparisons: count, supported: { type: 'boolean' } },
    { fmr: number },
  ),
  quality,
});

/** What each kind of event holds as it is stored. */
export const EVENT_SCHEMAS: { readonly [K in FaceEvent['type']]: ObjectSchema } = {
  person_seen: objectSchema({ ...trackEvent('person_seen'), person, margin: number }, { snapshot: text }),
  unknown_seen: objectSchema(trackEvent('unknown_seen'), { snapshot: text }),
  person_left: objectSchema({ ...trackEvent('person_left'), person, margin: number }),
  attack_suspected: objectSchema(trackEvent('attack_suspected'), { person, snapshot: text }),
  camera_tamper: objectSchema({
    ...nodeEvent('camera_tamper'),
    kind: oneOf('frozen', 'looped', 'cleared'),
  }),
  door_decision: objectSchema(
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
      snapshot: text,
      unlock_ms: count,
      signature: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    },
  ),
};
