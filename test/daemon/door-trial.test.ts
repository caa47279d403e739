import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSchedule } from '../../src/access/schedule.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { createDoorTrials } from '../../src/daemon/door-trial.ts';
import type { Door } from '../../src/daemon/doors.ts';
import type { Face } from '../../src/domain/face.ts';
import type { AccessChange } from '../../src/domain/person.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import type { ClockDoubt } from '../../src/platform/clock-guard.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { RULES } from '../access/door.ts';
import { measured } from '../support/face-quality.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { embeddingAt, enrollmentPolicy, MODEL } from '../support/people.ts';

const NOON = Date.UTC(2026, 10, 24, 12);
const quality = { ...ConfigSchema.parse({}).recognition.quality, minNorm: 1 };
const face = (degrees: number, some: { norm?: number } = {}): Face =>
  ({ embedding: embeddingAt(degrees), quality: measured({ norm: 3, ...some }) }) as Face;

describe('a trial of a door', () => {
  let gallery: Gallery;
  beforeEach(async () => {
    gallery = await openGallery({
      store: createMemoryStore(),
      embedderId: MODEL,
      maxImages: 4,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
  });
  afterEach(() => gallery.close());

  const enroll = (id: string, degrees: number, access: AccessChange = {}) =>
    gallery.enroll({
      customerId: 'acme',
      customerPersonId: id,
      profile: {},
      image: { name: 'a.jpg', extension: 'jpg' },
      template: { embedding: embeddingAt(degrees), norm: 3 },
      access,
    });

  const trials = (rules: Partial<Door['rules']> = {}, isWhole = true, doubt?: ClockDoubt) =>
    createDoorTrials({
      doors: [
        {
          config: { id: 'main', customer: 'acme' },
          rules: { ...RULES, ...rules },
          threshold: () => 0.5,
          isGalleryWhole: () => isWhole,
        } as Door,
      ],
      gallery,
      quality,
      clock: { now: () => NOON, doubt: () => doubt },
    });

  it('says that the clock is in doubt', async () => {
    await enroll('ada', 0);
    const trial = await trials({}, true, 'behind').tryFace('acme', 'main', face(0));
    expect(trial).toMatchObject({ decision: 'deny', reason: 'stale' });
    expect(trial.explanation).toMatch(/the clock is in doubt/);
  });

  it('knows only the doors of the customer', () => {
    const made = trials();
    expect([made.has('acme', 'main'), made.has('other', 'main'), made.has('acme', 'side')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('says who would be let in, though the door requires liveness', async () => {
    await enroll('ada', 0);
    const trial = await trials({ liveness: 'require' }).tryFace('acme', 'main', face(10));
    expect(trial).toMatchObject({ decision: 'grant', customerPersonId: 'ada', threshold: 0.5 });
    expect(trial.explanation).toMatch(/^ada would be let in: similarity 0\.985 /);
  });

  it.each<[string, AccessChange, Partial<Door['rules']>, RegExp]>([
    [
      'not_in_group',
      { groups: ['staff'] },
      { groups: ['board'] },
      /^ada is in staff, and this door is for board\.$/,
    ],
    [
      'expired',
      { validUntil: NOON },
      {},
      /^ada is not valid now: from any time until 2026-11-24T12:00:00\.000Z\.$/,
    ],
    ['denied_person', { deny: true }, {}, /^ada is denied/],
    [
      'outside_schedule',
      {},
      { schedule: createSchedule({ timeZone: 'UTC', windows: ['sun 00:00-24:00'], holidays: [] }) },
      /^ada may pass this door, but not now/,
    ],
  ])('says why an enrolled person is denied: %s', async (reason, access, rules, sentence) => {
    await enroll('ada', 0, access);
    const trial = await trials(rules).tryFace('acme', 'main', face(0));
    expect(trial).toMatchObject({ decision: 'deny', reason });
    expect(trial.explanation).toMatch(sentence);
  });

  it('says why a face is not enough', async () => {
    const said = async (made: ReturnType<typeof trials>, one: Face) => {
      const trial = await made.tryFace('acme', 'main', one);
      return [trial.decision === 'deny' && trial.reason, trial.explanation];
    };
    expect(await said(trials(), face(0))).toEqual([
      'unknown',
      expect.stringContaining('similarity of -1.000'),
    ]);
    await enroll('ada', 0);
    expect(await said(trials(), face(90))).toEqual(['unknown', expect.stringContaining('0.500 is needed')]);
    expect(await said(trials({}, false), face(0))).toEqual([
      'gallery_degraded',
      expect.stringContaining('migration'),
    ]);
    expect(await said(trials(), face(0, { norm: 0.5 }))).toEqual([
      'low_quality',
      expect.stringContaining('No face'),
    ]);
    await enroll('bob', 20);
    expect(await said(trials(), face(10))).toEqual([
      'undecided',
      expect.stringMatching(
        /^(ada|bob) is similar enough .* margin to the next person 0\.000 \(0\.050 is needed\)/,
      ),
    ]);
  });
});
