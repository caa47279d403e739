import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesTold } from './video-replay.ts';
import type { Actor } from './video-scenes.ts';
import { misplacements, NEAR, openStage, type Stage } from './video-stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage.close());

describe('the pictures of faces on video', () => {
  it('side by side have each their own name, at the first second', async () => {
    const actors: Actor[] = [
      {
        name: 'franck',
        way: [
          [0, 230],
          [3, 230],
        ],
      },
      {
        name: 'cap',
        way: [
          [0, 410],
          [3, 410],
        ],
      },
    ];
    const result = await stage.play({ seconds: 3, actors }, stage.both);
    const seen = result.told.filter(({ type }) => type === 'person_seen');
    expect(seen.map(({ who }) => who).sort()).toEqual(['cap', 'franck']);
    for (const { at } of seen) expect(at).toBeLessThan(1000);
    for (const { name, off } of misplacements(result, actors)) expect(off, name).toBeLessThan(NEAR);
  });

  it('of 20 pixels are not described, let alone named', async () => {
    const result = await stage.play(
      {
        seconds: 3,
        actors: [
          {
            name: 'franck',
            way: [
              [0, 320],
              [3, 320],
            ],
            height: 36,
          },
        ],
      },
      stage.both,
    );
    expect(result.told).toEqual([]);
    expect(result.stats.described).toBe(0);
  });

  it('blurred beyond recognition are neither named nor described for ever', async () => {
    const way = [
      [0, 320],
      [4, 320],
    ] as const;
    const result = await stage.play(
      { seconds: 4, actors: [{ name: 'franck', way, filter: 'gblur=sigma=9' }] },
      stage.both,
    );
    expect(result.told).toEqual([]);
    expect(result.stats.described).toBeLessThan(8);
  });

  it('in a dark and noisy night picture are named rightly or not at all', async () => {
    const actors: Actor[] = [
      {
        name: 'franck',
        way: [
          [0, 200],
          [4, 200],
        ],
      },
      {
        name: 'cap',
        way: [
          [0, 440],
          [4, 440],
        ],
      },
    ];
    const filter = 'hue=s=0,eq=brightness=-0.2:contrast=0.7,noise=alls=20:allf=t';
    const result = await stage.play({ seconds: 4, actors, filter }, stage.both);
    expect(namesTold(result), JSON.stringify(result.stats)).toContain('person_seen franck');
    for (const { name, off } of misplacements(result, actors)) expect(off, name).toBeLessThan(NEAR);
  });

  it('near the lens, four fifths of the picture high, are named', async () => {
    const actors: Actor[] = [
      {
        name: 'cap',
        way: [
          [0, 320],
          [2, 320],
        ],
        height: 520,
        y: 170,
      },
    ];
    const result = await stage.play({ seconds: 2, actors }, stage.both);
    expect(namesTold(result)[0]).toBe('person_seen cap');
    const { box } = result.told[0];
    expect(box.right_y - box.left_y, 'height of the face').toBeGreaterThan(0.8 * 360);
  });
});
