import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asyncApiJson } from '../../src/events/asyncapi.ts';
import { PAYLOAD_SCHEMAS } from '../../src/events/payload-schemas.ts';
import { type MessageKind, type Payloads, ROUTES } from '../../src/events/topics.ts';
import { eventOf } from '../support/stored-events.ts';
import { doorDecision } from './publishing.ts';

interface AsyncApi {
  readonly channels: Record<string, { address: string; parameters: Record<string, unknown> }>;
}

const event_id = '01a20dec-d046-7592-bb72-36b749d5c0f1';
const published_at = '2026-01-01T00:00:00.200Z';
const person = { miicloud_person_id: 'a', customer_person_id: 'ada', first_name: 'Ada', last_name: 'L' };
const track = { ...eventOf(1), event_id, published_at };
const box = { left_x: 1, left_y: 2, right_x: 3, right_y: 4 };
const decision = {
  ...doorDecision({ ttlMs: 5000 }),
  event_id,
  seq: 1,
  published_at,
  signature: 'a1'.repeat(32),
};
const { schema, seq, node, camera, customer, captured_at, decided_at } = track;

const SAMPLES = {
  status: 'online',
  events_dropped: { total: 3, by_type: { person_seen: 3 }, newest_seq: 9 },
  camera_state: { id: 'front', phase: 'live', frames: 3, dropped: 0, restarts: 0, since: published_at },
  camera_faces: {
    camera: 'front',
    captured_at: published_at,
    width: 480,
    height: 360,
    faces: [{ track_id: 't', bounding_box: box, identity: 'known', customer_person_id: 'ada' }],
  },
  presence: { camera: 'front', persons: [{ customer_person_id: 'ada', since: published_at }] },
  person_seen: { ...track, type: 'person_seen', person, margin: 0.3 },
  unknown_seen: { ...track, type: 'unknown_seen' },
  person_left: { ...track, type: 'person_left', person, margin: 0.3 },
  attack_suspected: { ...track, type: 'attack_suspected', liveness: 'attack' },
  camera_tamper: {
    ...{ schema, event_id, seq, node, camera, customer, captured_at, decided_at, published_at },
    type: 'camera_tamper',
    kind: 'frozen',
  },
  door_decision: { ...decision, person, margin: 0.3, quality: { height: 90, norm: 3, yaw: 0, sharpness: 9 } },
} as { readonly [K in MessageKind]: Payloads[K] };

const kinds = Object.keys(ROUTES) as MessageKind[];
const parsed = (kind: MessageKind, value: unknown) =>
  z.fromJSONSchema(PAYLOAD_SCHEMAS[kind] as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);

describe('the AsyncAPI document', () => {
  const text = asyncApiJson();
  const document = JSON.parse(text) as AsyncApi;

  it('points at nothing that is not there', () => {
    for (const [, path] of text.matchAll(/"\$ref": "#\/([^"]+)"/g)) {
      const found = path
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], document);
      expect({ path, isThere: found !== undefined }).toEqual({ path, isThere: true });
    }
  });

  it.each(kinds)('gives %s the address that it is sent to', kind => {
    const topicOf = <K extends MessageKind>(of: K) =>
      ROUTES[of].topic({ baseTopic: 'facegate', node: 'lobby' }, SAMPLES[of]);
    const { address, parameters } = document.channels[kind];
    const values: Record<string, string> = {
      base: 'facegate',
      node: 'lobby',
      camera: 'front',
      door: 'front',
    };
    expect(address.replace(/\{(\w+)\}/g, (_all, name: string) => values[name])).toBe(topicOf(kind));
    expect(Object.values(parameters)).not.toContain(undefined);
  });

  it.each(kinds)('describes what %s carries, every field of it, and refuses what lacks one', kind => {
    const sample: unknown = SAMPLES[kind];
    expect(parsed(kind, sample).error).toBeUndefined();
    if (typeof sample !== 'object' || sample === null) return;
    const { properties, required } = PAYLOAD_SCHEMAS[kind] as { properties: object; required: string[] };
    expect(Object.keys(sample).filter(name => !(name in properties))).toEqual([]);
    for (const name of required) expect(parsed(kind, { ...sample, [name]: undefined }).success).toBe(false);
  });
});
