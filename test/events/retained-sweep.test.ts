import { describe, expect, it } from 'vitest';
import type { Incoming } from '../../src/events/announcer.ts';
import { createRetainedSweep } from '../../src/events/retained-sweep.ts';
import { retainedOfCameras } from '../../src/events/topics.ts';
import { recordingLogger } from './publishing.ts';

const FILTERS = ['facegate/lobby/camera/+/state', 'facegate/lobby/presence/+'];

/** A connection of a sweep for the camera "front" that holds each message until `acknowledge`. */
function connected() {
  const { log, entries } = recordingLogger();
  const sent: [string, string][] = [];
  const refusals = new Map<string, (refusal: unknown) => void>();
  let done: ((refusal?: unknown) => void) | undefined;
  const { filters, present } = retainedOfCameras({ baseTopic: 'facegate', node: 'lobby' }, ['front']);
  const receive = createRetainedSweep({ filters, present: new Set(present), log })({
    retain: (topic, payload, acknowledged) => {
      sent.push([topic, payload]);
      done = acknowledged;
    },
    subscribe: (filter, refused) => refusals.set(filter, refused),
  });
  const find = (...topics: string[]) => {
    for (const topic of topics) receive({ topic, payload: '{}', retain: true });
  };
  return { sent, refusals, entries, receive, find, acknowledge: (refusal?: unknown) => done?.(refusal) };
}

describe('the sweep of what is retained', () => {
  it('asks for the states of all cameras of its node', () => {
    expect([...connected().refusals.keys()]).toEqual(FILTERS);
  });

  it('takes back what is kept of cameras that are gone, one after the other', () => {
    const { sent, find, acknowledge } = connected();
    find('facegate/lobby/camera/gone/state', 'facegate/lobby/presence/gone');
    expect(sent).toEqual([['facegate/lobby/camera/gone/state', '']]);
    acknowledge();
    expect(sent.at(-1)).toEqual(['facegate/lobby/presence/gone', '']);
    acknowledge();
    expect(sent).toHaveLength(2);
  });

  it.each<[string, Incoming]>([
    ['a camera that is there', { topic: 'facegate/lobby/presence/front', payload: '{}', retain: true }],
    ['another node', { topic: 'facegate/hall/presence/gone', payload: '{}', retain: true }],
    ['what is no state', { topic: 'facegate/lobby/presence/gone/more', payload: '{}', retain: true }],
    ['what is said now', { topic: 'facegate/lobby/presence/gone', payload: '{}', retain: false }],
    ['what was taken back', { topic: 'facegate/lobby/presence/gone', payload: '', retain: true }],
  ])('leaves alone: %s', (_case, message) => {
    const { sent, receive } = connected();
    receive(message);
    expect(sent).toEqual([]);
  });

  it('says once that the broker refuses, and goes on', () => {
    const { sent, refusals, entries, find, acknowledge } = connected();
    refusals.get(FILTERS[1])?.(new Error('Not authorized'));
    find('facegate/lobby/presence/gone', 'facegate/lobby/presence/gone-too');
    acknowledge(new Error('Not authorized'));
    acknowledge();
    expect(sent).toHaveLength(2);
    expect(entries).toMatchObject([{ level: 'warn', topic: FILTERS[1] }]);
  });
});
