import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesTold } from './video-replay.ts';
import type { Actor, Scene, Waypoint } from './video-scenes.ts';
import { misplacements, NEAR, openStage, type Stage } from './video-stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

/** The points of a way. */
function path(...points: Waypoint[]): readonly Waypoint[] {
  return points;
}

describe('faces on video', () => {
  const pillar = 'drawbox=x=260:y=0:w=120:h=360:color=darkgray:t=fill';
  /** Half hidden, a face seems to slow down, so behind a pillar motion expects each to turn back: there only looks can tell. */
  const meetings: readonly (readonly [string, Scene])[] = [
    [
      'that cross, one hiding the other',
      {
        seconds: 5,
        actors: [
          { name: 'franck', way: path([0, 100], [5, 540]) },
          { name: 'cap', way: path([0, 540], [5, 100]) },
        ],
      },
    ],
    [
      'that cross behind a pillar',
      {
        seconds: 4,
        actors: [
          { name: 'franck', way: path([0, 60], [3.2, 580], [4, 580]) },
          { name: 'cap', way: path([0, 580], [3.2, 60], [4, 60]) },
        ],
        filter: pillar,
      },
    ],
  ];

  it.each(meetings)('%s, keep their own names', async (_, scene) => {
    const result = await stage.play(scene, stage.both);
    expect(namesTold(result).sort()).toEqual([
      'person_left cap',
      'person_left franck',
      'person_seen cap',
      'person_seen franck',
    ]);
    expect(result.stats.tracks).toBe(2);
    for (const { name, off } of misplacements(result, scene.actors)) expect(off, name).toBeLessThan(NEAR);
  });

  it.each(meetings)('%s, do not hand a name to a stranger', async (_, scene) => {
    const result = await stage.play(scene, stage.franck);
    expect(namesTold(result)).toContain('person_left franck');
    expect(namesTold(result)).toContain('unknown_seen');
    for (const { name, off } of misplacements(result, scene.actors)) expect(off, name).toBeLessThan(NEAR);
  });

  it('that are hidden by a pillar for a moment are the same track afterwards', async () => {
    const actors: Actor[] = [
      {
        name: 'franck',
        way: [
          [0, 80],
          [5, 560],
        ],
      },
    ];
    const result = await stage.play({ seconds: 5, actors, filter: pillar }, stage.both);
    expect(namesTold(result)).toEqual(['person_seen franck', 'person_left franck']);
    expect(result.stats.tracks).toBe(1);
    for (const { name, off } of misplacements(result, actors)) expect(off, name).toBeLessThan(NEAR);
  });

  it('that leave and return are announced again, as another track', async () => {
    const actors: Actor[] = [
      {
        name: 'franck',
        way: [
          [0, 320],
          [2, 320],
        ],
      },
      {
        name: 'franck',
        way: [
          [4.5, 320],
          [6, 320],
        ],
      },
    ];
    const result = await stage.play({ seconds: 6, actors }, stage.both);
    expect(namesTold(result)).toEqual([
      'person_seen franck',
      'person_left franck',
      'person_seen franck',
      'person_left franck',
    ]);
    expect(new Set(result.told.map(({ track }) => track)).size).toBe(2);
  });

  it.each([
    [
      'another known man',
      () => stage.both,
      ['person_seen franck', 'person_left franck', 'person_seen cap', 'person_left cap'],
    ],
    ['a stranger', () => stage.franck, ['person_seen franck', 'person_left franck', 'unknown_seen']],
  ])('do not leave their name to %s who steps into their place', async (_, gallery, told) => {
    const actors: Actor[] = [
      {
        name: 'franck',
        way: [
          [0, 320],
          [2, 320],
        ],
      },
      {
        name: 'cap',
        way: [
          [2.6, 320],
          [5, 320],
        ],
      },
    ];
    const result = await stage.play({ seconds: 5, actors }, gallery());
    expect(namesTold(result)).toEqual(told);
    expect(result.told[2].at, 'when the next was announced').toBeLessThan(3600);
    expect(new Set(result.told.map(({ track }) => track)).size).toBe(2);
  });
});
