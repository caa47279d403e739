import type { DoorMoment, DoorRules } from '../../src/access/decision.ts';
import type { TrackStanding } from '../../src/domain/door.ts';
import type { Person } from '../../src/domain/person.ts';
import { measured } from '../support/face-quality.ts';

/** When the deciding frame of these tests had arrived. */
export const CAPTURED_AT = Date.UTC(2026, 10, 24, 12);

/** An enrolled person without any restriction. */
export const ADA: Person = {
  id: 'ada',
  customerId: 'acme',
  customerPersonId: 'c-ada',
  profile: { firstName: 'Ada' },
  images: [],
  createdAt: 0,
  updatedAt: 0,
};

/** A door that lets everybody of acme in, at any time. */
export const RULES: DoorRules = {
  customer: 'acme',
  groups: [],
  schedule: () => true,
  liveness: 'off',
  ttlMs: 5000,
  minMargin: 0.05,
  minFrames: 2,
};

/** Ada, known beyond doubt. */
export const KNOWN: TrackStanding = {
  trackId: 'run-gate-1',
  camera: 'gate',
  customer: 'acme',
  capturedAt: CAPTURED_AT,
  identity: {
    status: 'known',
    candidate: { personId: 'ada', customerPersonId: 'c-ada', templateId: 't', similarity: 0.8 },
    similarity: 0.8,
    margin: 0.5,
    frames: 3,
  },
  similarity: 0.8,
  frames: 3,
  threshold: 0.45,
  liveness: 'not_assessed',
  mayAnnounce: true,
  isReplayed: false,
  quality: measured({}),
  model: 'm@1',
};

/** A moment at which Ada is let in. */
export const MOMENT: DoorMoment = {
  now: CAPTURED_AT + 100,
  threshold: 0.45,
  person: ADA,
  isClockSure: true,
  isGalleryWhole: true,
  wasReplayed: false,
  isCoolingDown: false,
};
