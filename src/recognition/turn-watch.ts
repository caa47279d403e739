import type { ActiveSample, TaskWatch } from './active-task.ts';

/** Yaw up to which a face looks ahead and from which it is turned (about 12 and 35 degrees). */
const AHEAD = 0.12;
const TURNED = 0.35;
/** A head turns through what lies between; a larger step from frame to frame is one picture put in the place of another, or landmarks that jump. */
const MAX_STEP = 0.2;
/** Frames of looking ahead, between, and turned, that must be seen in this order. */
const FRAMES = { ahead: 3, between: 1, turned: 2 } as const;

type Stage = keyof typeof FRAMES;

/** Waits for a head that looks ahead and then turns, through all that lies between, to the person's own left (yaw grows) or right. */
export function createTurnWatch(task: 'turn_left' | 'turn_right'): TaskWatch {
  const sign = task === 'turn_left' ? 1 : -1;
  let seen: Record<Stage, number> = { ahead: 0, between: 0, turned: 0 };
  let last: number | undefined;

  const restart = () => {
    seen = { ahead: 0, between: 0, turned: 0 };
    last = undefined;
  };

  return {
    restart,
    add({ yaw }: ActiveSample) {
      if (last !== undefined && Math.abs(yaw - last) > MAX_STEP) restart();
      last = yaw;
      const stage = stageOf(sign * yaw);
      if (stage === undefined || (stage === 'between' && seen.turned > 0)) restart();
      else if (stage === 'ahead') seen = { ahead: seen.ahead + 1, between: 0, turned: 0 };
      else if (seen.ahead >= FRAMES.ahead && (stage === 'between' || seen.between >= FRAMES.between))
        seen = { ...seen, [stage]: seen[stage] + 1 };
      return seen.turned >= FRAMES.turned;
    },
  };
}

/** Where on the way a head is; undefined for one that is turned to the other side. */
function stageOf(yaw: number): Stage | undefined {
  if (yaw >= TURNED) return 'turned';
  if (yaw > AHEAD) return 'between';
  return yaw >= -AHEAD ? 'ahead' : undefined;
}
