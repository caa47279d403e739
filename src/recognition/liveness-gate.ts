import type { CameraConfig } from '../config/schema.ts';
import type { Liveness } from '../domain/identity.ts';
import { createLivenessVote, type LivenessBallot } from './liveness-vote.ts';

/** What a camera's liveness setting makes of the votes on one track; it can only deny. */
export interface LivenessGate {
  add(ballot: LivenessBallot): void;
  liveness(): Liveness;
  /** Whether a known person may be announced now. */
  mayAnnounce(): boolean;
  /** Whether more frames may still change that: worth describing the face again soon. */
  isWaiting(): boolean;
}

/** Described frames after which a vote that says nothing is not waited for any longer. */
const PATIENCE_FRAMES = 12;

/**
 * The gate of one track. `off` lets everyone pass; `report` waits for the vote, so that it stands in the event, but not for ever;
 * `require` lets nobody pass who is not found live, nor anyone while the camera plays a recording (`isReplayed`).
 */
export function createLivenessGate(mode: CameraConfig['liveness'], isReplayed: () => boolean): LivenessGate {
  const vote = createLivenessVote();
  let ballots = 0;

  const liveness = (): Liveness => vote.verdict().liveness;
  const isWaiting = (): boolean =>
    mode !== 'off' && liveness() === 'not_assessed' && ballots < PATIENCE_FRAMES;

  return {
    add(ballot) {
      ballots++;
      vote.add(ballot);
    },
    liveness,
    mayAnnounce() {
      if (mode === 'require') return liveness() === 'live' && !isReplayed();
      return !isWaiting();
    },
    isWaiting,
  };
}
