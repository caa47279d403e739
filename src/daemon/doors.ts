import type { DoorRules } from '../access/decision.ts';
import { createDoorWatch, type DoorWatch } from '../access/door-watch.ts';
import { createSchedule } from '../access/schedule.ts';
import { doorKey, signDecision } from '../access/signature.ts';
import type { Calibration } from '../config/catalog.ts';
import type { Config, DoorConfig } from '../config/schema.ts';
import type { FaceEvent } from '../domain/event.ts';
import type { OutboxTable } from '../events/outbox.ts';
import type { Gallery } from '../gallery/gallery.ts';
import type { GalleryMigration } from '../gallery/migration.ts';
import { createOperatingPoint, type OperatingPointOf } from '../gallery/operating-point.ts';
import type { Clock } from './clock.ts';
import type { EventSink } from './snapshots.ts';

/** What the doors need of the daemon. */
export interface DoorParts {
  readonly config: Config;
  readonly calibration: Calibration | undefined;
  readonly gallery: Gallery;
  readonly migration: GalleryMigration;
  readonly events: EventSink;
  readonly stays: Stays;
  readonly clock: Pick<Clock, 'now' | 'doubt'>;
}

/** What a restart must not forget: who was let in at a door and is not known to have left. */
export interface Stays {
  at(door: string): string[];
  over(door: string, personIds: readonly string[]): Promise<void>;
}

/** What the doors of a camera are told of its tracks. */
export interface DoorsOfCamera extends Pick<DoorWatch, 'see' | 'end'> {
  looked(): Promise<void>;
}

/** Everything that a door asks for, and what its answers depend on now. */
export interface Door {
  readonly config: DoorConfig;
  readonly rules: DoorRules;
  /** The similarity that it needs now. */
  threshold(): number;
  /** Whether everybody who is enrolled can be found now. */
  isGalleryWhole(): boolean;
}

/** The doors of the configuration. */
export function createDoors({
  config,
  calibration,
  gallery,
  migration,
}: Omit<DoorParts, 'events' | 'stays' | 'clock'>): Door[] {
  return config.doors.map(door => {
    const point = operatingPointOf(door, config, calibration);
    return {
      config: door,
      rules: rulesOf(door, config),
      threshold: () => point(gallery.persons(door.customer)).similarity,
      isGalleryWhole: () => isWhole(door.customer, gallery, migration),
    };
  });
}

/** Watches the doors; gives what each camera tells its doors, nothing for one that stands at none. */
export function watchDoors(
  doors: readonly Door[],
  { gallery, events, stays, clock }: Pick<DoorParts, 'gallery' | 'events' | 'stays' | 'clock'>,
): (camera: string) => DoorsOfCamera | undefined {
  const watches = doors.map(({ config, rules, threshold, isGalleryWhole }) => ({
    cameras: config.cameras,
    watch: createDoorWatch({
      id: config.id,
      rules,
      cooldownMs: config.cooldownSeconds * 1000,
      cameras: config.cameras,
      unlockMs: config.unlockMs,
      threshold,
      person: gallery.get,
      isGalleryWhole,
      here: stays.at(config.id),
      publish: events.add,
      left: personIds => stays.over(config.id, personIds),
      now: clock.now,
      isClockSure: () => clock.doubt() === undefined,
      monotonic: () => performance.now(),
    }),
  }));
  return camera => {
    const mine = watches.filter(({ cameras }) => cameras.includes(camera)).map(({ watch }) => watch);
    if (mine.length === 0) return undefined;
    return {
      see: async (standing, crop) =>
        (await Promise.all(mine.map(watch => watch.see(standing, crop)))).includes(true),
      end: async (trackId, crop) => void (await Promise.all(mine.map(watch => watch.end(trackId, crop)))),
      looked: async () => void (await Promise.all(mine.map(watch => watch.looked(camera)))),
    };
  };
}

/** The outbox's table that signs door decisions when they get their number. */
export function signedTable<T extends Pick<OutboxTable, 'append'>>(table: T, { node, doors }: Config): T {
  const keys = new Map(doors.map(({ id, key }) => [id, doorKey(key, node, id)]));
  const signed = (event: FaceEvent): FaceEvent => {
    const key = event.type === 'door_decision' ? keys.get(event.door) : undefined;
    return key && event.type === 'door_decision' ? signDecision(event, key) : event;
  };
  return { ...table, append: build => table.append(seq => signed(build(seq))) };
}

function rulesOf(
  { customer, groups, schedule, liveness, decisionTtlSeconds }: DoorConfig,
  config: Config,
): DoorRules {
  const { minMargin, minFrames } = config.recognition;
  const ttlMs = decisionTtlSeconds * 1000;
  return { customer, groups, schedule: createSchedule(schedule), liveness, ttlMs, minMargin, minFrames };
}

function operatingPointOf(
  { targetFpir }: DoorConfig,
  { recognition }: Config,
  calibration: Calibration | undefined,
): OperatingPointOf {
  return createOperatingPoint(calibration, {
    ...recognition,
    ...(targetFpir !== undefined && { targetFpir }),
  });
}

/** Whoever cannot be found might be whom somebody else is taken for. */
function isWhole(customer: string, gallery: Gallery, migration: GalleryMigration): boolean {
  if (migration.status(customer).state === 'running') return false;
  return gallery.size().otherModel === 0 || gallery.needingEnrollment(customer) === 0;
}
