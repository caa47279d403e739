import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doorKey, refusalOf } from '../../src/access/signature.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createDoors, signedTable, watchDoors } from '../../src/daemon/doors.ts';
import type { DoorDecision } from '../../src/domain/event.ts';
import { type Outbox, openOutbox } from '../../src/events/outbox.ts';
import { uuidV7Source } from '../../src/events/uuid-v7.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import type { GalleryMigration, MigrationProgress } from '../../src/gallery/migration.ts';
import type { ClockDoubt } from '../../src/platform/clock-guard.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { createCameraRecognizer } from '../../src/recognition/camera-recognizer.ts';
import type { Store } from '../../src/store/store.ts';
import { LOOKS, MODEL, World } from '../recognition/world.ts';
import { enrollmentPolicy } from '../support/people.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';

const SECRET = 'a-door-secret-that-is-long-enough-0';
const image = { name: 'a.jpg', extension: 'jpg' };
const FRAME_MS = 100;

describe('the doors of a daemon', () => {
  let store: Store;
  let gallery: Gallery;
  let migrating: MigrationProgress['state'];
  let doubt: ClockDoubt | undefined;
  /** The time of camera and doors: a track must not end because this machine is slow. */
  let time: number;
  const now = () => time;
  beforeEach(async () => {
    migrating = 'idle';
    doubt = undefined;
    time = Date.parse('2026-01-02T03:04:05Z');
    store = await openTemporaryStore();
    gallery = await openGallery({
      store,
      embedderId: MODEL,
      maxImages: 4,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
  });
  afterEach(async () => {
    await gallery.close();
    await store.close();
  });

  const enroll = (who: string, access: object = {}) =>
    gallery.enroll({
      customerId: 'acme',
      customerPersonId: who,
      profile: {},
      image,
      template: { embedding: { modelId: MODEL, vector: LOOKS[who] }, norm: 3 },
      ...access,
    });

  /** A camera at doors that are set up so, and what they have decided. */
  const camera = async (...doors: string[]) => cameraWith('off', ...doors);

  const cameraWith = async (liveness: 'off' | 'report' | 'require', ...doors: string[]) => {
    const { config } = await loadConfig({
      text: [
        'node: front',
        'recognition: { minSimilarity: 0.5 }',
        `cameras: [{ id: gate, url: rtsp://h/1, customer: acme, liveness: ${liveness} }]`,
        'doors:',
        ...doors.map(door => `  - { customer: acme, cameras: [gate], key: ${SECRET}, ${door} }`),
      ].join('\n'),
      env: {},
    });
    const outbox = openSignedOutbox(config);
    const migration = { status: () => ({ state: migrating }) } as unknown as GalleryMigration;
    const made = createDoors({ config, calibration: undefined, gallery, migration });
    const world = new World({}, { liveness });
    const recognizer = createCameraRecognizer({
      ...world.parts,
      gallery,
      doors: watchDoors(made, {
        gallery,
        events: { add: event => outbox.add(event) },
        stays: store.stays,
        clock: { now, doubt: () => doubt },
      })('gate')!,
      publish: event => outbox.add(event),
    });
    return {
      world,
      /** Somebody stands before the camera for so many frames, and goes. */
      visit: async (who: string, frames = 6) => {
        for (let at = 0; at < frames; at++) {
          time += FRAME_MS;
          await recognizer.analyse(world.picture(time), world.detections({ who }));
        }
        await recognizer.endAll();
      },
      decisions: () =>
        outbox.read(0, 100).filter((event): event is DoorDecision => event.type === 'door_decision'),
    };
  };

  const openSignedOutbox = (config: Config): Outbox =>
    openOutbox({
      table: signedTable(store.outbox, config),
      node: config.node,
      ids: uuidV7Source({ now }),
      limits: { maxRows: 1000, maxBytes: 1e9, maxAgeHours: 1 },
      now,
      log: silentLogger,
    });

  const said = ({ door, decision, reason, person }: DoorDecision): string =>
    [door, reason ?? decision, person?.customer_person_id].filter(Boolean).join(' ');

  it('grant a walk of an enrolled person once, signed and short-lived', async () => {
    await enroll('ada');
    const { visit, decisions } = await camera('id: main');
    await visit('ada');
    expect(decisions().map(said)).toEqual(['main grant ada']);
    const [grant] = decisions();
    const controller = { key: doorKey(SECRET, 'front', 'main'), node: 'front', door: 'main', lastSeq: 0 };
    expect(refusalOf(grant, { ...controller, now: time })).toBeUndefined();
    expect(refusalOf(grant, { ...controller, now: time + 5000 })).toBe('expired');
    expect(Date.parse(grant.expires_at) - Date.parse(grant.captured_at)).toBe(5000);
  });

  it('deny a stranger once, and whom one track cannot tell', async () => {
    await enroll('ada');
    const { visit, decisions } = await camera('id: main');
    await visit('stranger');
    await visit('ada', 1);
    expect(decisions().map(said)).toEqual(['main unknown', 'main undecided']);
  });

  it.each(['was_set', 'behind', 'before_install'] as const)(
    'let nobody in while the clock is in doubt (%s), and in again when it is not',
    async why => {
      await enroll('ada');
      const { visit, decisions } = await camera('id: main');
      doubt = why;
      await visit('ada');
      doubt = undefined;
      await visit('ada');
      expect(decisions().map(said)).toEqual(['main stale ada', 'main grant ada']);
    },
  );

  it('each decide by their own rules', async () => {
    await enroll('ada', { access: { groups: ['staff'] } });
    const doors = ['id: main, groups: [staff]', 'id: vault, groups: [board]', 'id: live, groups: [staff]'];
    const { visit, decisions } = await camera(...doors);
    await visit('ada');
    expect(decisions().map(said).sort()).toEqual([
      'live grant ada',
      'main grant ada',
      'vault not_in_group ada',
    ]);
  });

  it.each([
    ['report', 0.9, 'main grant ada'],
    ['require', 0.9, 'main grant ada'],
    ['report', undefined, 'main liveness_not_assessed ada'],
    ['require', undefined, 'main liveness_not_assessed ada'],
    ['report', 0.05, 'main liveness_failed ada'],
    ['require', 0.05, 'main liveness_failed ada'],
  ] as const)(
    'that require liveness, at a camera with %s and scores of %s: %s',
    async (mode, live, outcome) => {
      await enroll('ada');
      const { world, visit, decisions } = await cameraWith(mode, 'id: main, liveness: require');
      world.live = live;
      await visit('ada', 30);
      expect(decisions().map(said)).toEqual([outcome]);
    },
  );

  it('stay shut while the gallery is migrated, and to who was deleted', async () => {
    await enroll('ada');
    const { visit, decisions } = await camera('id: main');
    migrating = 'running';
    await visit('ada');
    migrating = 'done';
    await gallery.remove('acme', 'ada');
    await visit('ada');
    expect(decisions().map(said)).toEqual(['main unknown']);
  });

  it('stay shut while somebody enrolled cannot be found', async () => {
    await enroll('ada');
    const { person } = await enroll('bob');
    const { visit, decisions } = await camera('id: main');
    await visit('ada');
    const [template] = store.templates.of(person.id);
    const old = { ...template, id: 'old', embedding: { ...template.embedding, modelId: 'old@1' } };
    await store.apply({
      kind: 'replace_templates',
      opId: 'op',
      at: 1,
      personId: person.id,
      replacements: [{ oldId: template.id, template: old }],
    });
    await gallery.close();
    gallery = await openGallery({
      store,
      embedderId: MODEL,
      maxImages: 4,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
    const after = await camera('id: main');
    await after.visit('ada');
    expect(after.decisions().map(said)).toEqual(['main grant ada', 'main gallery_degraded ada']);
    expect(decisions()).toHaveLength(2);
  });
});
