import type { ActiveSample } from './active-task.ts';
import { createBlinkWatch } from './blink-watch.ts';
import { createTurnWatch } from './turn-watch.ts';

/** What is asked of a person at a door. Left and right are the person's own: turning to one's left moves the nose to the right of the picture. */
export type ActiveTask = 'blink' | 'turn_left' | 'turn_right';

/** How far a check is. `passed` and `failed` are final. */
export type ActiveOutcome = 'pending' | 'passed' | 'failed';

/** One task given to one person. */
export interface ActiveCheck {
  readonly task: ActiveTask;
  /** Takes in one frame. A frame that is not later than the one before, or holds a measure that is no number, is ignored. */
  add(sample: ActiveSample): ActiveOutcome;
  /** The outcome at a time; fails the check whose time is up though no frame came. */
  outcomeAt(at: number): ActiveOutcome;
}

/** With frames further apart than this, one picture could have been put in the place of another in between. */
const MAX_GAP_MS = 350;

/**
 * A task to be done between `startedAt` and `timeoutMs` later. It tells a photo, still or waved, from a face that moves as it was
 * asked to; it does not tell a face from a film of one: whoever can play the right film in time passes. Choose the task by chance.
 * The caller gives samples of one track only and ends the check when the track's face changes.
 */
export function createActiveCheck(options: {
  readonly task: ActiveTask;
  readonly startedAt: number;
  readonly timeoutMs: number;
}): ActiveCheck {
  const { task, startedAt, timeoutMs } = options;
  const watch = task === 'blink' ? createBlinkWatch() : createTurnWatch(task);
  let outcome: ActiveOutcome = 'pending';
  let lastAt = startedAt;

  const outcomeAt = (at: number): ActiveOutcome => {
    if (outcome === 'pending' && at - startedAt > timeoutMs) outcome = 'failed';
    return outcome;
  };

  return {
    task,
    outcomeAt,
    add(sample) {
      if (!(sample.at > lastAt) || !isMeasured(sample)) return outcome;
      if (outcomeAt(sample.at) !== 'pending') return outcome;
      if (sample.at - lastAt > MAX_GAP_MS) watch.restart();
      lastAt = sample.at;
      if (watch.add(sample)) outcome = 'passed';
      return outcome;
    },
  };
}

function isMeasured({ landmarks, yaw, eyeOpenness = 0 }: ActiveSample): boolean {
  return [yaw, eyeOpenness, ...landmarks.flatMap(({ x, y }) => [x, y])].every(Number.isFinite);
}
