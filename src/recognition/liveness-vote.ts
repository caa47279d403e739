import type { Liveness } from '../domain/identity.ts';

/** What the liveness model said of a track's face in one frame; `live` (0..1) is absent where it was not assessed. */
export interface LivenessBallot {
  readonly sequence: number;
  readonly live?: number | undefined;
}

/** What the frames of a track say together, with the numbers behind it. */
export interface LivenessVerdict {
  readonly liveness: Liveness;
  /** Assessed frames that count, and their mean score; absent without any. */
  readonly frames: number;
  readonly mean?: number;
}

/** Gathers what the liveness model says of one track. */
export interface LivenessVote {
  /** Takes in one described frame, assessed or not; a frame counts once. */
  add(ballot: LivenessBallot): void;
  verdict(): LivenessVerdict;
}

/** Distinct assessed frames without which nothing is said. */
const MIN_FRAMES = 5;
/** The newest described frames that count: scores of a face that is no longer assessed grow old and are forgotten. */
const MEMORY = 12;
/** Mean scores from which a face is live and below which it is a picture; between them nothing is said, which denies but does not accuse. */
const LIVE = 0.5;
const ATTACK = 0.2;

/**
 * A vote over the frames of one track. `attack` is final for the track: otherwise a picture would have a new chance with every frame, and
 * who is wrongly taken for one only has to step out of view.
 */
export function createLivenessVote(): LivenessVote {
  let ballots: LivenessBallot[] = [];
  let attack: LivenessVerdict | undefined;

  const count = (): LivenessVerdict => {
    const scores = ballots.flatMap(({ live }) => (isScore(live) ? [live] : []));
    if (scores.length === 0) return { liveness: 'not_assessed', frames: 0 };
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    return { liveness: judge(scores.length, mean), frames: scores.length, mean };
  };

  return {
    add(ballot) {
      if (ballots.some(({ sequence }) => sequence === ballot.sequence)) return;
      ballots = [...ballots, ballot].slice(-MEMORY);
      const verdict = count();
      if (verdict.liveness === 'attack') attack ??= verdict;
    },
    verdict: () => attack ?? count(),
  };
}

function judge(frames: number, mean: number): Liveness {
  if (frames < MIN_FRAMES) return 'not_assessed';
  if (mean >= LIVE) return 'live';
  return mean < ATTACK ? 'attack' : 'not_assessed';
}

function isScore(live: number | undefined): live is number {
  return live !== undefined && live >= 0 && live <= 1;
}
