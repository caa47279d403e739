import { describe, expect, it } from 'vitest';
import type { UnstampedEvent } from '../../src/domain/event.ts';
import { createPresence, type PresenceReport } from '../../src/events/presence.ts';
import { unstamped } from './publishing.ts';

function about(type: 'person_seen' | 'person_left', track: number, id: string, at = 1): UnstampedEvent {
  const person = { miicloud_person_id: `uuid-${id}`, customer_person_id: id, first_name: 'Ada' };
  const captured_at = new Date(at * 1000).toISOString();
  return { ...unstamped(track), type, person, margin: 0.3, captured_at } as UnstampedEvent;
}

function watched() {
  const told: PresenceReport[] = [];
  const presence = createPresence({ cameras: ['front', 'back'], tell: report => told.push(report) });
  const ids = () => told.at(-1)?.persons.map(({ customer_person_id }) => customer_person_id);
  return { told, ids, ...presence };
}

describe('who is before a camera', () => {
  it('is nobody at the start, which every camera says', () => {
    expect(watched().told).toEqual([
      { camera: 'front', persons: [] },
      { camera: 'back', persons: [] },
    ]);
  });

  it('comes with person_seen and goes with person_left, each person once', () => {
    const { note, ids, told } = watched();
    note(about('person_seen', 1, 'bob', 5), true);
    note(about('person_seen', 2, 'ada', 6), true);
    note(about('person_seen', 3, 'bob', 7), true);
    expect(told.at(-1)).toEqual({
      camera: 'front',
      persons: [
        { customer_person_id: 'ada', since: '1970-01-01T00:00:06.000Z' },
        { customer_person_id: 'bob', since: '1970-01-01T00:00:05.000Z' },
      ],
    });
    note(about('person_left', 1, 'bob'), true);
    expect(ids()).toEqual(['ada', 'bob']);
    note(about('person_left', 3, 'bob'), true);
    expect(ids()).toEqual(['ada']);
  });

  it('is never somebody who is erased, and no unknown', () => {
    const { note, ids, told } = watched();
    note(about('person_seen', 1, 'ada'), false);
    note(unstamped(2), true);
    expect(told.at(-1)?.persons).toEqual([]);
    note(about('person_seen', 3, 'bob'), true);
    note(about('person_left', 3, 'bob'), false);
    expect(ids()).toEqual([]);
  });
});
