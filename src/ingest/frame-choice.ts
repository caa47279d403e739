import type { Frame, FrameWanted } from '../domain/image.ts';
import { createNewestFrame, type NewestFrame } from './newest-frame.ts';
import { createWaitingList } from './waiting-list.ts';

/** The newest frames of two streams of one scene, of which one at a time is handed out. */
export interface FrameChoice {
  /** Frames of the sub stream that nobody saw. */
  readonly dropped: number;
  put(from: StreamName, frame: Frame): void;
  /** Throws a stream's waiting frame away to free its buffers. */
  discard(from: StreamName): void;
  /** Whoever takes a frame owns it. */
  take(wanted: FrameWanted): Frame | undefined;
  /** Resolves when `take(wanted)` would give a frame; rejects with `signal.reason` when aborted. */
  available(signal: AbortSignal, wanted: FrameWanted): Promise<void>;
  /** Whether the sub stream plays has changed. */
  reconsider(): void;
}

/** The small stream, in which faces are found, and the large one. */
export type StreamName = 'sub' | 'main';

/**
 * `any` is the newest frame of the sub stream; `detail` that of the main stream, or of the sub stream where the main
 * one has none. While the sub stream does not play, frames of the main stream serve as `any` too. Whatever did not
 * arrive after the frame handed out last is released. Frames are put in the order of their `sequence`, which counts over
 * both streams: it tells the order of arrival also where the clock was set back.
 */
export function createFrameChoice(subPlays: () => boolean): FrameChoice {
  const places: Readonly<Record<StreamName, NewestFrame>> = {
    sub: createNewestFrame(),
    main: createNewestFrame(),
  };
  const waiting = createWaitingList();
  let last: { readonly sequence: number; readonly capturedAt: number } | undefined;

  const isNewer = (frame: Frame): boolean =>
    last === undefined || (frame.sequence > last.sequence && frame.capturedAt !== last.capturedAt);

  const placeOf = (wanted: FrameWanted): NewestFrame | undefined => {
    const order = wanted === 'detail' || !subPlays() ? [places.main, places.sub] : [places.sub];
    return order.find(place => place.peek() !== undefined);
  };

  const dropOlder = () => {
    for (const place of Object.values(places)) {
      const frame = place.peek();
      if (frame !== undefined && !isNewer(frame)) place.discard();
    }
  };

  return {
    get dropped() {
      return places.sub.dropped;
    },
    put: (from, frame) => {
      places[from].put(frame);
      dropOlder();
      waiting.wake();
    },
    discard: from => places[from].discard(),
    take: wanted => {
      const frame = placeOf(wanted)?.take();
      if (frame === undefined) return undefined;
      last = { sequence: frame.sequence, capturedAt: frame.capturedAt };
      dropOlder();
      return frame;
    },
    available: (signal, wanted) => waiting.until(() => placeOf(wanted) !== undefined, signal),
    reconsider: waiting.wake,
  };
}
