import type { CameraStatus, FaceReport } from '../domain/camera.ts';
import type { Embedding, Face } from '../domain/face.ts';
import type { AccessChange, Candidate, Match, Person, PersonImage, Profile } from '../domain/person.ts';
import type { Logger } from '../platform/logger.ts';
import type { ApiBackups } from './backups.ts';
import type { ApiClock } from './clock.ts';
import type { ApiDoors } from './doors.ts';
import type { ApiExports } from './export.ts';
import type { ApiHistory } from './history.ts';
import type { StreamLimits } from './history-stream.ts';
import type { ApiLedger } from './ledger.ts';
import type { ApiMetrics } from './metrics.ts';
import type { AnswerOf } from './openapi/schemas.ts';
import type { ApiSnapshots } from './snapshot-routes.ts';
import type { ApiTokens } from './tokens.ts';
import type { ApiDeliveries } from './undelivered.ts';

/** An image to add to a person: the client's file name and the ending the stored name gets. */
export interface NewImage {
  readonly name: string;
  readonly extension: string;
  /** The upload itself, where it is to be kept; lent for the time of the call. */
  readonly bytes?: Uint8Array;
}

/** How far the migration of a gallery to the present embedder is; counts of persons and of templates. */
export interface MigrationProgress {
  readonly state: 'idle' | 'running' | 'done' | 'failed';
  readonly reason?: string;
  readonly persons: { readonly done: number; readonly total: number };
  readonly templates: {
    readonly migrated: number;
    readonly notKept: number;
    readonly unreadable: number;
    readonly refused: number;
  };
  readonly needsEnrollment: number;
}

/** A template to add: unit embedding and the raw norm (L2) of the embedder's output. */
export interface NewTemplate {
  readonly embedding: Embedding;
  readonly norm: number;
}

/** What the sender of an image should know although it was enrolled; `customerPersonId` is the other person's. */
export interface EnrollmentWarning {
  readonly code: 'face_conflict' | 'unlike_own_images';
  readonly customerPersonId?: string;
  readonly similarity: number;
}

/** What a person has agreed to; `id` is the customer's own reference of it, times are milliseconds since the epoch. */
export interface Consent {
  readonly id: string;
  readonly purpose?: string;
  readonly expiresAt?: number;
  readonly givenAt: number;
}

/** Whose record a call is about. */
export interface PersonKey {
  readonly customerId: string;
  readonly customerPersonId: string;
}

/** The gallery as the API needs it. Resolves when durable; a profile field given as '' is cleared. */
export interface ApiGallery {
  /** Makes the person or adds one more image; profile fields given overwrite, others stay. Throws face_conflict where `refuseDuplicates` or the configuration says so. */
  enroll(
    input: PersonKey & {
      profile: Profile;
      image: NewImage;
      template: NewTemplate;
      access?: AccessChange;
      refuseDuplicates: boolean;
      consent?: Consent;
      by: string;
    },
  ): Promise<{
    person: Person;
    image: PersonImage;
    created: boolean;
    warnings: readonly EnrollmentWarning[];
  }>;
  /** `replace` removes profile fields left out, `merge` keeps them; rights change only where they are sent; throws person_not_found. */
  update(
    input: PersonKey & {
      profile: Profile;
      mode: 'replace' | 'merge';
      image?: NewImage;
      template?: NewTemplate;
      access?: AccessChange;
      refuseDuplicates: boolean;
      consent?: Consent;
      by: string;
    },
  ): Promise<{ person: Person; image?: PersonImage; warnings: readonly EnrollmentWarning[] }>;
  find(customerId: string, customerPersonId: string): Person | undefined;
  /** One page of at most `limit` persons that follow `after`; `next` is the `after` of the next page. */
  list(
    customerId: string,
    page: { after?: string; limit: number },
  ): { persons: readonly Person[]; next?: string };
  /** Whether no search can find the person: their templates are of another embedder. */
  needsEnrollment(personId: string): boolean;
  /** Throws person_not_found. */
  remove(customerId: string, customerPersonId: string, options: { by: string }): Promise<Person>;
  consent(personId: string): Consent | undefined;
  /** The best persons of the customer; with `personId` only that person's templates are compared. */
  search(customerId: string, embedding: Embedding, options: { personId?: string }): Promise<Match>;
}

/** What was found in an uploaded image; boxes in pixels of the upright original. */
export interface Analysis {
  readonly faces: readonly Face[];
  readonly format: 'jpeg' | 'png' | 'webp';
}

/** A picture of a camera, encoded once for all who watch; times in milliseconds since the epoch. */
export interface CameraPicture {
  readonly jpeg: Uint8Array;
  readonly capturedAt: number;
}

/** Values that are worth making only while somebody watches. */
export interface Feed<T> {
  /** Calls back with each new value, never before it returns; the answer ends that. */
  watch(onValue: (value: T) => void): () => void;
}

/** A camera as the API needs it. */
export interface ApiCamera {
  /** Whose tokens may know of it. */
  readonly customer: string;
  status(): CameraStatus;
  readonly pictures: Feed<CameraPicture>;
  /** One report for each frame in which faces were looked for. */
  readonly faces: Feed<FaceReport>;
}

/** Bounds of those who watch cameras; all times in milliseconds. */
export interface ViewerLimits {
  /** Who watches one camera at once, in any form, and who all of them together. */
  readonly perCamera: number;
  readonly inAll: number;
  /** A viewer who has read nothing for so long is cut off. */
  readonly stalledMs: number;
  /** A view in which nothing new came for so long ends. */
  readonly silentMs: number;
  /** How long a snapshot waits for the next frame. */
  readonly snapshotMs: number;
}

/** Everything the REST API needs of the daemon; the composition root supplies it. */
export interface ApiDependencies {
  readonly gallery: ApiGallery;
  readonly tokens: ApiTokens;
  /** Decodes and analyses an uploaded image; `mirrored` averages with the mirror image (for enrollment). Throws FacegateError. */
  analyze(bytes: Uint8Array, options: { mirrored: boolean }): Promise<Analysis>;
  /** The face to enroll. Throws no_face or low_quality with the reason. */
  chooseFace(faces: readonly Face[]): Face;
  /** The candidate if threshold and margin are met, for a search among the customer's persons or of one person. */
  decide(match: Match, among: { customerId: string; personId?: string }): Candidate | undefined;
  readonly ledger: ApiLedger;
  readonly doors: ApiDoors;
  readonly deliveries: ApiDeliveries;
  readonly clock: ApiClock;
  readonly history: ApiHistory;
  readonly snapshots: ApiSnapshots;
  readonly exports: ApiExports;
  readonly backups: ApiBackups;
  readonly metrics: ApiMetrics;
  /** Measures the customer's gallery; `far` adds how it fares against itself. Throws overloaded while another audit runs. */
  audit(
    customerId: string,
    options: { far: boolean; signal: AbortSignal },
  ): Promise<AnswerOf<'GalleryAudit'>>;
  /** The migration of the customer's gallery to the present embedder. */
  readonly migration: {
    start(customerId: string): MigrationProgress;
    status(customerId: string): MigrationProgress;
  };
  /** Whether enrolled images are kept. */
  readonly keepImages: boolean;
  cameras(): readonly ApiCamera[];
  readiness(): { readonly ready: boolean; readonly reasons: readonly string[] };
  /** `maxUploadBytes`: largest request body. `requestsPerSecond`: most of one token, and of one address without one. `viewers` and `eventStreams` have defaults and are there for tests. */
  readonly limits: {
    readonly maxUploadBytes: number;
    readonly requestsPerSecond: number;
    readonly viewers?: Partial<ViewerLimits>;
    readonly eventStreams?: Partial<StreamLimits>;
  };
  /** Milliseconds since the epoch. */
  now(): number;
  readonly log: Logger;
}
