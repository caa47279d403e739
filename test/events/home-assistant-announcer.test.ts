import { describe, expect, it } from 'vitest';
import type { AnnouncerLink, Incoming } from '../../src/events/announcer.ts';
import { createAnnouncer } from '../../src/events/home-assistant-announcer.ts';
import { recordingLogger } from './publishing.ts';

const topicOf = (object: string) => `homeassistant/sensor/facegate_lobby/${object}/config`;
const messages = ['node', 'front', 'back'].map(object => ({
  topic: topicOf(object),
  payload: `{${object}}`,
}));
const birth: Incoming = { topic: 'homeassistant/status', payload: 'online', retain: false };

/** A connection of an announcer that holds each message until `acknowledge`. */
function connected() {
  const { log, entries } = recordingLogger();
  const sent: [string, string][] = [];
  const filters: string[] = [];
  let done: ((refusal?: unknown) => void) | undefined;
  const link: AnnouncerLink = {
    retain: (topic, payload, acknowledged) => {
      sent.push([topic, payload]);
      done = acknowledged;
    },
    subscribe: filter => filters.push(filter),
  };
  const receive = createAnnouncer({ messages, log })(link);
  const acknowledge = (refusal?: unknown) => {
    const answer = done;
    done = undefined;
    answer?.(refusal);
    return done !== undefined;
  };
  const acknowledgeAll = (refusal?: unknown) => {
    while (acknowledge(refusal));
    return sent.splice(0).map(([topic, payload]) => `${topic.split('/')[3]} ${payload}`);
  };
  return { sent, filters, receive, acknowledge, acknowledgeAll, entries };
}

const everything = ['node {node}', 'front {front}', 'back {back}'];

describe('the announcer', () => {
  it('sends one message at a time, in order, and listens for the start of Home Assistant', () => {
    const { sent, filters, acknowledge, acknowledgeAll } = connected();
    expect(sent).toHaveLength(1);
    acknowledge();
    expect(sent).toHaveLength(2);
    expect(acknowledgeAll()).toEqual(everything);
    expect(filters).toEqual(['homeassistant/status']);
  });

  it('announces anew when Home Assistant starts, each thing once even while the last time is under way', () => {
    const { acknowledgeAll, receive } = connected();
    acknowledgeAll();
    receive(birth);
    receive(birth);
    expect(acknowledgeAll().sort()).toEqual([...everything, 'node {node}'].sort());
    receive({ ...birth, payload: 'offline' });
    receive({ ...birth, retain: true });
    expect(acknowledgeAll()).toEqual([]);
  });

  it('says once per connection that the broker refuses, and goes on', () => {
    const { acknowledgeAll, entries } = connected();
    expect(acknowledgeAll(new Error('Not authorized'))).toEqual(everything);
    expect(entries).toMatchObject([{ level: 'warn', topic: topicOf('node') }]);
  });
});
