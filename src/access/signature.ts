import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { DoorDecision } from '../domain/event.ts';

/** The purpose of the key, and the version of what is signed: the first part of every payload. */
const PURPOSE = 'facegate door 1';
const KEY_BYTES = 32;

/** The key of a door: 32 bytes of HKDF-SHA-256 of its secret (UTF-8), without salt, with the info `facegate door 1 <node>/<door>`. */
export function doorKey(secret: string, node: string, door: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `${PURPOSE} ${node}/${door}`, KEY_BYTES));
}

/**
 * What is signed: a JSON array of texts and whole numbers without white space, in the order given here; null for what the event lacks.
 * Everything that a controller acts on is in it; measures are not, as programs differ in how they write fractions.
 */
export function signedPayload(event: DoorDecision): string {
  return JSON.stringify([
    PURPOSE,
    event.event_id,
    event.seq,
    event.node,
    event.door,
    event.decision,
    event.reason ?? null,
    event.person?.miicloud_person_id ?? null,
    event.person?.customer_person_id ?? null,
    event.camera,
    event.track_id,
    event.captured_at,
    event.decided_at,
    event.expires_at,
    event.unlock_ms ?? null,
  ]);
}

/** The decision with its HMAC-SHA256 (64 hex digits). */
export function signDecision(event: DoorDecision, key: Uint8Array): DoorDecision {
  return { ...event, signature: macOf(event, key).toString('hex') };
}

/** Why a controller must not open. */
export type Refusal =
  | 'not_a_decision'
  | 'bad_signature'
  | 'denied'
  | 'expired'
  | 'from_the_future'
  | 'replayed';

/** What a controller knows: its key, its clock (milliseconds since the epoch), and the greatest `seq` that it has accepted. */
export interface ControllerState {
  readonly key: Uint8Array;
  readonly node: string;
  readonly door: string;
  readonly now: number;
  readonly lastSeq: number;
  /** How far its clock may be behind that of the node, in milliseconds. */
  readonly toleranceMs?: number;
}

const TOLERANCE_MS = 1000;

/** Whether a message may open the door now: `undefined` where it may, else why not. The caller keeps the `seq` of what it accepts. */
export function refusalOf(message: unknown, controller: ControllerState): Refusal | undefined {
  const { key, node, door, now, lastSeq, toleranceMs = TOLERANCE_MS } = controller;
  if (!isDecision(message) || message.node !== node || message.door !== door) return 'not_a_decision';
  const given = Buffer.from(message.signature, 'hex');
  const made = macOf(message, key);
  if (given.length !== made.length || !timingSafeEqual(given, made)) return 'bad_signature';
  if (message.decision !== 'grant') return 'denied';
  if (!(now < Date.parse(message.expires_at))) return 'expired';
  if (!(Date.parse(message.decided_at) <= now + toleranceMs)) return 'from_the_future';
  return message.seq > lastSeq ? undefined : 'replayed';
}

function macOf(event: DoorDecision, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(signedPayload(event)).digest();
}

function isDecision(message: unknown): message is DoorDecision & { signature: string } {
  if (typeof message !== 'object' || message === null) return false;
  const event = message as Partial<DoorDecision>;
  return (
    event.type === 'door_decision' &&
    /^[0-9a-f]{64}$/.test(String(event.signature)) &&
    Number.isSafeInteger(event.seq)
  );
}
