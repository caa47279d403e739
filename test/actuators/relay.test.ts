import { describe, expect, it } from 'vitest';
import { createRelay, type RelayCommand } from '../../src/actuators/relay.ts';
import { RelaySection } from '../../src/config/sections/actuator.ts';
import { recordingLogger } from '../events/publishing.ts';
import { denial, grant } from './decision.ts';

function relayWith(outcome: string) {
  const sent: RelayCommand[] = [];
  const { log, entries } = recordingLogger();
  const line = {
    command: async (command: RelayCommand) => {
      sent.push(command);
      return outcome;
    },
  };
  const config = RelaySection.parse({ topic: 'cmnd/door/POWER' });
  return { sent, entries, relay: createRelay({ config, line, now: Date.now, log }) };
}

describe('a relay', () => {
  it('is sent its command for a grant, good until the grant expires', async () => {
    const { relay, sent, entries } = relayWith('sent');
    const fresh = grant();
    await relay.act(fresh);
    const expiresAt = Date.parse(fresh.expires_at);
    expect(sent).toEqual([{ topic: 'cmnd/door/POWER', payload: 'ON', expiresAt, allowWithoutExpiry: false }]);
    expect(entries).toMatchObject([{ msg: 'The relay was sent its command.', seq: 7 }]);
  });

  it('is sent nothing for a denial, an unsigned grant, or one that is late or of the future', async () => {
    const { signature: _signature, ...unsigned } = grant();
    const soon = new Date(Date.now() + 60_000).toISOString();
    for (const decision of [
      denial(),
      unsigned,
      grant({ expires_at: new Date(Date.now() - 1).toISOString() }),
      grant({ expires_at: 'never' }),
      grant({ decided_at: soon, expires_at: new Date(Date.now() + 65_000).toISOString() }),
    ]) {
      const { relay, sent } = relayWith('sent');
      await relay.act(decision);
      expect(sent).toEqual([]);
    }
  });

  it('that could not be reached is told of in the log, without who stood there, and not tried again', async () => {
    const { relay, sent, entries } = relayWith('offline');
    await relay.act(grant());
    expect(sent).toHaveLength(1);
    expect(entries).toMatchObject([{ outcome: 'offline', door: 'front', seq: 7 }]);
    expect(JSON.stringify(entries)).not.toContain('ada');
  });

  it('has a topic that names one place, below no name of the broker', () => {
    for (const topic of ['', 'a/#', 'a/+/b', '$SYS/x', 'a\0b'])
      expect(RelaySection.safeParse({ topic }).success).toBe(false);
  });
});
