import type { CameraConfig } from '../config/schema.ts';
import type { CameraReason } from '../domain/camera.ts';
import type { Logger } from '../platform/logger.ts';
import { createDecoderLog } from './decoder-log.ts';
import { hintOfLine, type RunEnd, reasonOfEnd, type StderrHint } from './failure-reason.ts';
import { ffmpegCommand, gateCommand } from './ffmpeg-arguments.ts';
import type { Ffmpeg } from './ffmpeg-locator.ts';
import { type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts';
import type { FrameBuffers, FramePool, Geometry, Size } from './frame-pool.ts';
import { createFrameReader, type FrameReader } from './frame-reader.ts';
import { createPictureSizeLog } from './picture-size.ts';
import { redirectTarget } from './redirect-target.ts';
import type { SourceDeadlines } from './source-deadlines.ts';
import { startStallWatchdog } from './stall-watchdog.ts';
import { createStderrTail, secretsOf } from './stderr-tail.ts';
import { createStreamFacts, type StreamFacts } from './stream-facts.ts';
import type { WholeGate } from './whole-gate.ts';

/** What one run needs; the callbacks are not called after the run has ended. */
export interface SourceOptions {
  readonly ffmpeg: Ffmpeg;
  /** Detector input: the size of the small picture. */
  readonly input: Size;
  /** Marks the child as this daemon's. */
  readonly instance: string;
  readonly log: Logger;
  readonly deadlines: SourceDeadlines;
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
  /** Tells when whole frames are wanted; absent where they always are. */
  readonly gate?: WholeGate;
  /** Supplies the buffers once the sizes of the pictures are known. */
  readonly poolFor: (geometry: Geometry, isWhole: boolean) => FramePool;
  /** Takes over a frame that has arrived; its buffers go back to the pool of this size. */
  readonly onFrame: (buffers: FrameBuffers, pool: FramePool) => void;
  readonly onNoBuffers: () => void;
  readonly onSkipped: (pool: FramePool) => void;
  readonly onStall: () => void;
  /** Whole frames are wanted and do not come, while light ones do. */
  readonly onGateStuck?: () => void;
  /** Told, before the first frame, what the camera says of its stream. */
  readonly onStream?: (facts: StreamFacts) => void;
}

/** How a run ended. */
export interface SourceEnd {
  readonly reason: CameraReason;
  /** Whether a frame arrived. */
  readonly live: boolean;
  /** Whether the camera had been reached, and whether a decoder or its device could not be used. */
  readonly opened: boolean;
  readonly refused: boolean;
  /** From the first frame to the last, in milliseconds. */
  readonly liveMs: number;
  /** The last lines of ffmpeg, without addresses and passwords. */
  readonly stderr: readonly string[];
}

/** A gate opens within a tenth of a second, and the next picture comes whole. */
const GATE_MS = 3000;
/** ffmpeg itself follows redirects without end and without a pause. */
const MOST_REDIRECTS = 5;

/**
 * Plays a camera once: one ffmpeg child from its start to its end, whatever ends it. Aborting ends it too. Never tries
 * again. Rejects only with what a callback threw, and not before the child is gone.
 */
export async function runCameraSource(
  camera: CameraConfig,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<SourceEnd> {
  const hints = new Set<StderrHint>();
  const sizes = createPictureSizeLog();
  const facts = createStreamFacts();
  const decoder = createDecoderLog();
  const { gate } = options;
  // ffmpeg opens its second output, and tells its size, only when it has got rid of the first picture of the first.
  const early: Uint8Array[] = [];
  const readers: FrameReader[] = [];
  let firstRead = (bytes: Uint8Array): void => void early.push(bytes.slice());
  let unwatch: (() => void) | undefined;
  const startedOpen = gate?.isOpen;
  let openSince = Number.NEGATIVE_INFINITY;
  let redirects = 0;
  let endedBy: RunEnd['endedBy'];
  let firstFrameAt: number | undefined;
  let lastFrameAt: number | undefined;
  let fault: { readonly error: unknown } | undefined;

  const stderr = createStderrTail({
    log: options.log,
    secrets: secretsOf(camera.url),
    now: options.now,
    onLine: line => {
      const hint = decoder.read(line) ? undefined : hintOfLine(line);
      if (hint !== undefined) hints.add(hint);
      const stream = facts.read(line);
      if (stream !== undefined) options.onStream?.(stream);
      const { geometry, changed } = sizes.read(line);
      if (geometry !== undefined && !signal.aborted) readAll(geometry);
      if (changed) end('picture_size_changed');
      if (redirectTarget(line) !== undefined && ++redirects > MOST_REDIRECTS) end('stall');
    },
  });

  const readAll = (geometry: Geometry) => {
    const whole = readerOf(options.poolFor(geometry, true));
    const first = gate === undefined ? whole : readerOf(options.poolFor(geometry, false));
    for (const bytes of early.splice(0)) first.readSmall(bytes);
    if (gate !== undefined) child?.small.read(guarded(whole.readSmall));
    child?.full.read(guarded(whole.readFull));
    firstRead = first.readSmall;
    // What was told before there were filters was lost.
    if (gate === undefined) return;
    if (gate.isOpen !== startedOpen) tellGate(gate.isOpen);
    unwatch = gate.watch(tellGate);
  };

  const tellGate = (open: boolean) => {
    openSince = options.now();
    child?.tell(gateCommand(open));
  };

  const readerOf = (pool: FramePool): FrameReader => {
    const arrived = () => {
      lastFrameAt = options.now();
      firstFrameAt ??= lastFrameAt;
      watchdog.beat();
    };
    const created = createFrameReader({
      pool,
      onNoBuffers: options.onNoBuffers,
      onFrame: buffers => {
        arrived();
        watchGate(pool.isWhole);
        options.onFrame(buffers, pool);
      },
      onSkipped: () => {
        arrived();
        watchGate(pool.isWhole);
        options.onSkipped(pool);
      },
    });
    readers.push(created);
    return created;
  };

  const watchGate = (isWhole: boolean) => {
    if (!gate?.isOpen) return;
    if (isWhole) openSince = options.now();
    else if (options.now() - Math.max(openSince, firstFrameAt!) > GATE_MS) {
      end('stall');
      options.onGateStuck?.();
    }
  };

  /** Thrown out of an event of the child, an error would end the daemon; so it ends this run. */
  const guarded =
    <T extends unknown[]>(work: (...values: T) => void) =>
    (...values: T) => {
      try {
        work(...values);
      } catch (error) {
        fault ??= { error };
        end(undefined);
      }
    };

  const end = (why: RunEnd['endedBy']) => {
    endedBy ??= why;
    // Closed now: what still comes out of the pipes is not to be believed.
    for (const reader of readers) reader.close();
    child?.stop();
  };

  const command = ffmpegCommand(camera, {
    input: options.input,
    fpsMode: options.ffmpeg.fpsMode,
    ...(startedOpen !== undefined && { gate: startedOpen ? 'open' : 'closed' }),
  });
  const child: FfmpegProcess | undefined = await startFfmpeg(options.ffmpeg, command, {
    instance: options.instance,
    graceMs: options.deadlines.graceMs,
  });
  const source = sourceKind(camera);
  if (child === undefined) {
    const reason = reasonOfEnd({
      source,
      hints,
      live: false,
      exitCode: null,
      signal: null,
      spawnFailed: true,
    });
    return { reason, live: false, opened: false, refused: false, liveMs: 0, stderr: [] };
  }

  const watchdog = startStallWatchdog({
    firstMs: options.deadlines.firstFrameMs,
    everyMs: options.deadlines.stallMs,
    onStall: guarded(() => {
      end('stall');
      options.onStall();
    }),
  });
  const abort = () => end(undefined);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  (gate === undefined ? child.small : child.light).read(guarded(bytes => firstRead(bytes)));
  child.stderr.setEncoding('utf8').on('data', guarded(stderr.write));

  const { code, signal: killedBy } = await child.closed;
  watchdog.stop();
  unwatch?.();
  signal.removeEventListener('abort', abort);
  for (const reader of readers) reader.close();
  if (fault !== undefined) throw fault.error;
  const live = firstFrameAt !== undefined;
  const finish = { source, live, hints, exitCode: code, signal: killedBy };
  return {
    reason: reasonOfEnd(endedBy === undefined ? finish : { ...finish, endedBy }),
    live,
    opened: decoder.opened,
    refused: decoder.refused,
    liveMs: live ? lastFrameAt! - firstFrameAt! : 0,
    stderr: stderr.lines(),
  };
}

function sourceKind(camera: CameraConfig): RunEnd['source'] {
  if (camera.url.startsWith('/dev/')) return 'device';
  return camera.url.startsWith('file://') ? 'file' : 'rtsp';
}
