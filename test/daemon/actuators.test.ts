import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, ConfigSchema } from '../../src/config/schema.ts';
import { openActuators } from '../../src/daemon/actuators.ts';
import type { EventPerson } from '../../src/domain/event.ts';
import type { Command } from '../../src/events/command.ts';
import type { Outbox } from '../../src/events/outbox.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { denial, grant } from '../actuators/decision.ts';
import { openReceiver, type Receiver, status } from '../actuators/receiver.ts';
import { testOutbox, until } from '../events/publishing.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { newPersonChange } from '../support/people.ts';

const SECRET = '0123456789abcdef0123456789abcdef';

describe('the actuators of doors', () => {
  let dir: string;
  let receiver: Receiver;
  let outbox: Outbox;
  let commands: Command[];
  let person: EventPerson;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'facegate-actuators-'));
    receiver = await openReceiver(status(503));
    const store = createMemoryStore();
    const ada = newPersonChange('ada');
    await store.apply(ada);
    person = { miicloud_person_id: ada.person.id, customer_person_id: 'ada' };
    outbox = testOutbox({ table: store.outbox, now: Date.now });
    commands = [];
  });
  afterEach(async () => {
    await receiver.close();
    await rm(dir, { recursive: true });
  });

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

  const start = (isEnrolled = true) =>
    openActuators({
      config: configOf(),
      dir,
      outbox,
      publisher: {
        command: async command => {
          commands.push(command);
          return 'sent';
        },
      },
      gallery: { get: () => (isEnrolled ? newPersonChange('ada').person : undefined) },
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

  it('leave on the disk what was not delivered when the daemon stops', async () => {
    const actuators = await start();
    await outbox.add({ ...denial(), door: 'side', person });
    await until(() => receiver.posts.length === 1);
    await actuators.close();
    const [line] = (await readFile(join(dir, 'webhook-undelivered.ndjson'), 'utf8')).split('\n');
    expect(JSON.parse(line)).toMatchObject({ door: 'side', decision: 'deny', failure: 'the daemon stopped' });
  });

  it('post nothing of who is not enrolled any more', async () => {
    const actuators = await start(false);
    await outbox.add({ ...denial(), door: 'side', person });
    await actuators.close();
    expect(receiver.posts).toEqual([]);
    expect(await readFile(join(dir, 'webhook-undelivered.ndjson'), 'utf8')).toContain('was deleted');
  });
});
