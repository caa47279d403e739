import { BOX_SCHEMA, EVENT_SCHEMAS, type JsonSchema, objectSchema } from '../domain/event-schema.ts';
import type { MessageKind } from './topics.ts';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const time = { type: 'string', format: 'date-time' };
const oneOf = (...values: readonly string[]) => ({ type: 'string', enum: values });
const listOf = (items: JsonSchema) => ({ type: 'array', items });
const countsOf = { type: 'object', additionalProperties: count };

/** An event as it is sent: with the time of its sending, and a grant that comes too late marked as a denial. */
const sent = (type: keyof typeof EVENT_SCHEMAS): JsonSchema => {
  const { required, properties } = EVENT_SCHEMAS[type];
  return {
    type: 'object',
    required: [...required, 'published_at'],
    properties: {
      ...properties,
      published_at: time,
      ...(type === 'door_decision' && { stale: { type: 'boolean', const: true } }),
    },
  };
};

/** What each kind of message carries; the schemas in `config/asyncapi.json` are these. */
export const PAYLOAD_SCHEMAS: { readonly [K in MessageKind]: JsonSchema } = {
  status: oneOf('online', 'offline'),
  events_dropped: objectSchema({ total: count, by_type: countsOf, newest_seq: count }),
  camera_state: objectSchema(
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
  camera_faces: objectSchema({
    camera: text,
    captured_at: time,
    width: count,
    height: count,
    faces: listOf(
      objectSchema(
        { track_id: text, bounding_box: BOX_SCHEMA, identity: oneOf('undecided', 'unknown', 'known') },
        { customer_person_id: text },
      ),
    ),
  }),
  presence: objectSchema({
    camera: text,
    persons: listOf(objectSchema({ customer_person_id: text, since: time })),
  }),
  person_seen: sent('person_seen'),
  unknown_seen: sent('unknown_seen'),
  person_left: sent('person_left'),
  attack_suspected: sent('attack_suspected'),
  camera_tamper: sent('camera_tamper'),
  door_decision: sent('door_decision'),
};
