import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, ConfigSchema } from '../../src/config/schema.ts';
import { deliveriesOf, openActuators, webhookDoors } from '../../src/daemon/actuators.ts';
import type { DoorDecision, EventPerson } from '../../src/domain/event.ts';
import type { Command } from '../../src/events/command.ts';
import type { Outbox } from '../../src/events/outbox.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { denial, grant } from '../actuators/decision.ts';
import { openReceiver, type Receiver, status } from '../actuators/receiver.ts';
import { testOutbox, until } from '../events/publishing.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { newPersonChange } from '../support/people.ts';

const SECRET = '0123456789abcdef0123456789abcdef';

describe('the actuators of doors', () => {
  let store: Store;
  let receiver: Receiver;
  let outbox: Outbox;
  let commands: Command[];
  let person: EventPerson;
  beforeEach(async () => {
    receiver = await openReceiver(status(503));
    store = createMemoryStore({ webhookDoors: webhookDoors(configOf()) });
    const ada = newPersonChange('ada');
    await store.apply(ada);
    person = { miicloud_person_id: ada.person.id, customer_person_id: 'ada' };
    outbox = testOutbox({ table: store.outbox, now: Date.now });
    commands = [];
  });
  afterEach(() => receiver.close());

  const configOf = (): Config =>
    ConfigSchema.parse({
      doors: ['front', 'side'].map(id => ({
        id,
        cameras: ['gate'],
        key: SECRET,
        relay: { topic: `cmnd/${id}` },
        ...(id === 'side' && { webhook: { url: receiver.url, secret: SECRET } }),
      })),
    });

  const add = (decision: DoorDecision) => {
    const { schema: _s, event_id: _e, seq: _q, node: _n, ...event } = decision;
    return outbox.add({ ...event, person });
  };
  const start = (isEnrolled = true, config = configOf()) =>
    openActuators({
      config,
      store,
      outbox,
      publisher: {
        command: async command => {
          commands.push(command);
          return 'sent';
        },
      },
      gallery: { isEnrolled: () => isEnrolled },
      log: silentLogger,
    });

  it('are told what is decided at their door from now on, and nothing that waited in the outbox', async () => {
    await outbox.add(grant({ door: 'front', person }));
    const actuators = await start();
    expect(outbox.count()).toBe(1);
    await outbox.add({ ...denial(), person });
    await outbox.add(grant({ door: 'back', person }));
    expect(commands).toEqual([]);
    await outbox.add(grant({ door: 'side', person }));
    expect(commands.map(({ topic }) => topic)).toEqual(['cmnd/side']);
    await actuators.close();
    await outbox.add(grant({ door: 'front', person }));
    expect(commands).toHaveLength(1);
  });

  it('go on after a restart with the denials that wait, and give up the grants', async () => {
    const before = await start();
    await add({ ...denial(), door: 'side' });
    await add({ ...grant(), door: 'side' });
    await until(() => receiver.posts.length >= 2);
    await before.close();
    expect(store.posts.waiting()).toMatchObject([{ seq: 1, decision: 'deny' }]);
    expect(store.posts.undelivered()).toMatchObject([{ seq: 2, failure: 'the daemon stopped' }]);

    const posted = receiver.posts.length;
    const after = await start();
    await until(() => receiver.posts.length > posted);
    expect(JSON.parse(receiver.posts[posted].body)).toMatchObject({ seq: 1, decision: 'deny' });
    await after.close();
  });

  it('after a kill give up the grants that waited, also those that are still fresh', async () => {
    await add({ ...grant(), door: 'side' });
    const actuators = await start();
    await until(() => store.posts.undelivered().length === 1);
    await actuators.close();
    expect(receiver.posts).toEqual([]);
  });

  it('give up what waited for a webhook that is gone, or whose event is', async () => {
    await add({ ...denial(), door: 'side' });
    const withoutWebhook = configOf();
    const doors = withoutWebhook.doors.map(({ webhook: _webhook, ...door }) => door);
    await (await start(true, { ...withoutWebhook, doors })).close();
    expect(store.posts.undelivered()).toMatchObject([{ failure: 'the door has no webhook any more' }]);

    await add({ ...denial(), door: 'side' });
    await store.history.prune(Infinity);
    await (await start()).close();
    expect(store.posts.undelivered()).toMatchObject([{}, { failure: 'the event is no longer kept' }]);
    expect(receiver.posts).toEqual([]);
  });

  it('post nothing of who is not enrolled any more', async () => {
    const actuators = await start(false);
    await add({ ...denial(), door: 'side' });
    await until(() => store.posts.undelivered().length === 1);
    await actuators.close();
    expect(receiver.posts).toEqual([]);
    expect(store.posts.undelivered()).toMatchObject([{ failure: 'the person was deleted' }]);
  });

  it('are counted: what waits, and what was not taken', async () => {
    await add({ ...denial(), door: 'side' });
    await add({ ...denial(), door: 'side' });
    await store.posts.giveUp(1, {
      given_up_at: '2026-01-01T00:00:00.000Z',
      attempts: 1,
      failure: 'HTTP 410',
    });
    const publisher = { status: () => ({ connected: false, pending: 2, inFlight: 0 }) };
    expect(deliveriesOf({ store, outbox, publisher }).counts()).toEqual({
      events: { waiting: 2, damaged: 0, dropped: 0 },
      broker: { connected: false },
      webhooks: { waiting: 1, undelivered: 1 },
    });
  });

  it('do not start where the CA of a webhook cannot be read', async () => {
    const config = configOf();
    const [front, side] = config.doors;
    const webhook = { ...side.webhook!, ca: '/nowhere/ca.pem' };
    await expect(start(true, { ...config, doors: [front, { ...side, webhook }] })).rejects.toThrow(
      'The file that doors[1].webhook.ca names cannot be read (ENOENT): /nowhere/ca.pem.',
    );
  });
});
