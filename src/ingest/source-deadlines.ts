import type { CameraConfig } from '../config/schema.ts';
import { deliveredFps } from './ffmpeg-arguments.ts';

/** Deadlines of one run, in milliseconds. */
export interface SourceDeadlines {
  /** From the start to the first frame. */
  readonly firstFrameMs: number;
  /** Without a frame, once live. */
  readonly stallMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
}

/** Cameras send a key picture every one to four seconds: two may be late before a stream of them alone counts as stalled. */
const KEYFRAMES_STALL_MS = 10_000;
const STALL_MS = 3000;

/** The deadlines of a camera's stream, by how often pictures of it can come. */
export function deadlinesOf(config: CameraConfig): SourceDeadlines {
  const shortest = config.decode === 'keyframes' ? KEYFRAMES_STALL_MS : STALL_MS;
  return {
    firstFrameMs: 15_000,
    stallMs: Math.max(shortest, (5 * 1000) / deliveredFps(config)),
    graceMs: 2000,
  };
}
