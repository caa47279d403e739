import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { doorKey, signDecision } from '../../src/access/signature.ts';
import type { DoorDecision } from '../../src/domain/event.ts';
import { until } from '../events/publishing.ts';
import { type Mosquitto, openMosquitto } from '../support/brokers.ts';
import { connectControllers, createDoorController } from '../support/door-controller.ts';

interface Vectors {
  readonly secret: string;
  readonly node: string;
  readonly door: string;
  readonly vectors: readonly { readonly event: DoorDecision; readonly signature: string }[];
}

const { secret, node, door, vectors } = JSON.parse(
  readFileSync(new URL('./vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const [grant, denial, later] = vectors.map(({ event, signature }) => ({ ...event, signature }));
const decidedAt = Date.parse(grant.decided_at);

const controllerAt = (now: number, lastSeq = 0) =>
  createDoorController({ node, door, secret, lastSeq, now: () => now });
const wire = (message: unknown) => Buffer.from(JSON.stringify(message));

describe('the reference door controller', () => {
  it('opens once for a grant of the test vectors, and not again when the broker repeats it', () => {
    const controller = controllerAt(decidedAt + 50);
    expect(controller.hear(wire(grant), false)).toBeUndefined();
    expect(controller.hear(wire(grant), false)).toBe('replayed');
    expect(controller.hear(wire(denial), false)).toBe('denied');
    expect(controller.opened()).toEqual([grant.seq]);
    expect(controller.refused()).toEqual({ replayed: 1, denied: 1 });
  });

  it('keeps what it has opened for over a restart', () => {
    expect(controllerAt(decidedAt, grant.seq).hear(wire(grant), false)).toBe('replayed');
  });

  it('stays shut for what is late, retained, of another key, or no message at all', () => {
    const controller = controllerAt(Date.parse(grant.expires_at));
    expect(controller.hear(wire(grant), false)).toBe('expired');
    expect(controller.hear(wire(later), true)).toBe('retained');
    expect(controller.hear('{"type":', false)).toBe('unreadable');
    for (const nothing of [null, [], 1, {}, { ...grant, signature: undefined }, { ...grant, door: 'side' }])
      expect(controller.hear(wire(nothing), false)).toBe('not_a_decision');
    const forged = signDecision(grant, doorKey(`${secret}x`, node, door));
    expect(controllerAt(decidedAt).hear(wire(forged), false)).toBe('bad_signature');
    expect(controllerAt(decidedAt).hear(wire({ ...grant, unlock_ms: 60_000 }), false)).toBe('bad_signature');
    expect(controller.opened()).toEqual([]);
  });
});

describe('controllers with a persistent session', () => {
  const toClose: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of toClose.splice(0).reverse()) await each.close();
  });

  const publishing = async (broker: Mosquitto): Promise<void> => {
    const client = await mqtt.connectAsync(broker.url, { protocolVersion: 5 });
    await client.publishAsync(controllerAt(0).topic, wire(grant), { qos: 1 });
    await client.endAsync();
  };

  it('are handed after a power cut what came meanwhile, and stay shut for what is late by then', async () => {
    const broker = await openMosquitto({ durable: true });
    toClose.push(broker);
    let now = decidedAt;
    const controller = createDoorController({ node, door, secret, now: () => now });
    const first = await connectControllers(broker.url, 'controller', [controller]);
    await publishing(broker);
    await until(() => controller.opened().length === 1);
    await first.close();
    await publishing(broker);
    now = Date.parse(grant.expires_at) + 1;
    await broker.kill();
    await broker.start();
    toClose.push(await connectControllers(broker.url, 'controller', [controller]));
    await until(() => controller.refused().expired === 1);
    expect(controller.opened()).toEqual([grant.seq]);
  });
});
