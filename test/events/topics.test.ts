import { describe, expect, it } from 'vitest';
import { ROUTES, topicRows } from '../../src/events/topics.ts';
import { eventOf } from '../support/stored-events.ts';

const STATES = ['status', 'camera_state', 'events_dropped', 'presence'];
const root = { baseTopic: 'facegate', node: 'lobby' };
const camera = {
  id: 'front-door',
  phase: 'live',
  frames: 0,
  dropped: 0,
  restarts: 0,
  since: '2026-01-02T03:04:05.000Z',
} as const;

describe('the topics', () => {
  it('stand under the base topic and the name of the node', () => {
    expect(ROUTES.status.topic(root, 'online')).toBe('facegate/lobby/status');
    expect(ROUTES.camera_state.topic(root, camera)).toBe('facegate/lobby/camera/front-door/state');
    const unknown = eventOf(1);
    if (unknown.type !== 'unknown_seen') throw new Error('not the event that this test needs');
    expect(ROUTES.unknown_seen.topic(root, unknown)).toBe('facegate/lobby/event/unknown_seen');
  });

  it('retain states and never an event', () => {
    for (const [kind, { retain }] of Object.entries(ROUTES))
      expect({ kind, retain }).toEqual({ kind, retain: STATES.includes(kind) });
  });

  it('are listed as they are built', () => {
    const patterns = topicRows(root).map(row => row.topic);
    expect(patterns).toContain(ROUTES.camera_state.topic(root, camera).replace('front-door', '<camera>'));
    expect(patterns).toContain(ROUTES.status.topic(root, 'offline'));
    expect(new Set(patterns).size).toBe(Object.keys(ROUTES).length);
  });
});
