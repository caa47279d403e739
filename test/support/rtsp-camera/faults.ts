import { randomFillSync } from 'node:crypto';
import type { AccessUnit } from './annex-b.ts';

/** The requests that lead to pictures, in their order. */
const STEPS = ['connect', 'OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY'] as const;

/** A step after which a camera falls silent. */
export type MutePoint = (typeof STEPS)[number];

/** What the camera does wrong; change any of it while it runs. */
export interface Faults {
  /** Sends no more pictures, keeps connections open and answers. */
  freeze: boolean;
  /** Answers up to this request and then nothing, and sends no pictures; `connect` answers none. */
  muteAfter: MutePoint | undefined;
  /** Lets every answer wait this long. */
  answerAfterMs: number;
  /** Sends RTCP reports at this interval in milliseconds, also while frozen; 0 for none. */
  rtcpEveryMs: number;
  /** Share of pictures that are damaged / left out, 0..1. */
  corrupt: number;
  drop: number;
  /** Sends packets of the right size and number that hold random bytes. */
  noise: boolean;
  /** Speed of its timestamps: 1 is right, 0 stands still. */
  clockRate: number;
  /** Sends whoever asks for its description to this address (302). */
  redirectTo: string | undefined;
  /** Answers with this session description instead of its own. */
  description: string | undefined;
}

/** A camera without faults. */
export function noFaults(): Faults {
  return {
    ...{ freeze: false, muteAfter: undefined, answerAfterMs: 0, rtcpEveryMs: 0, corrupt: 0, drop: 0 },
    ...{ noise: false, clockRate: 1, redirectTo: undefined, description: undefined },
  };
}

/** Whether a camera that falls silent after `point` still answers this request. */
export function answers(point: MutePoint | undefined, method: string): boolean {
  if (point === undefined) return true;
  return (STEPS as readonly string[]).slice(0, STEPS.indexOf(point) + 1).includes(method);
}

/** The picture's units; with probability `share` each has bytes overwritten, but never its header. */
export function damaged(picture: AccessUnit, share: number): readonly Buffer[] {
  if (Math.random() >= share) return picture.nals;
  return picture.nals.map(nal => {
    const copy = Buffer.from(nal);
    for (let hits = Math.max(3, nal.length / 300); hits > 0; hits--) {
      copy[8 + Math.floor(Math.random() * Math.max(1, copy.length - 8))] = Math.floor(Math.random() * 256);
    }
    return copy;
  });
}

/** An RTP packet with its header as it was and random bytes after it. */
export function noisy(packet: Buffer): Buffer {
  return randomFillSync(Buffer.from(packet), 12);
}
