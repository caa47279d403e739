import { type Logger, redact } from '../platform/logger.ts';
import { COMMAND_ECHO } from './ffmpeg-arguments.ts';
import { redirectTarget } from './redirect-target.ts';

/** What an ffmpeg child wrote on stderr, safe to show. */
export interface StderrTail {
  /** Takes text as it arrives, in any pieces. */
  write(text: string): void;
  /** The last lines, oldest first, without addresses and passwords. */
  lines(): readonly string[];
}

/** Bounds of what is kept and logged of a child's stderr. */
export interface StderrLimits {
  readonly lines: number;
  readonly lineLength: number;
  /** Most lines logged in each window; the rest are counted. */
  readonly loggedPerWindow: number;
  readonly windowMs: number;
}

const LIMITS: StderrLimits = { lines: 50, lineLength: 500, loggedPerWindow: 10, windowMs: 10_000 };

/**
 * Keeps the tail of a child's stderr; `onLine` sees each whole line as it was written, everything else sees it without
 * `secrets`. Warns where the camera sends the child to another address: nobody chose that one.
 */
export function createStderrTail(options: {
  readonly log: Logger;
  readonly secrets: readonly string[];
  readonly onLine: (line: string) => void;
  readonly now: () => number;
  readonly limits?: Partial<StderrLimits>;
}): StderrTail {
  const limits = { ...LIMITS, ...options.limits };
  const kept: string[] = [];
  let pending = '';
  let windowStart = Number.NEGATIVE_INFINITY;
  let logged = 0;
  let suppressed = 0;
  let warned = false;

  const take = (line: string) => {
    if (line.trim() === '' || COMMAND_ECHO.test(line)) return;
    options.onLine(line);
    const clean = withoutSecrets(line, options.secrets).slice(0, limits.lineLength);
    kept.push(clean);
    if (kept.length > limits.lines) kept.shift();
    logLimited(clean);
    warnOfRedirect(redirectTarget(line));
  };

  const warnOfRedirect = (target: string | undefined) => {
    // Once for each child: two cameras may redirect to one another for ever.
    if (target === undefined || warned) return;
    warned = true;
    options.log.warn({ target }, 'The camera redirects to another address, and ffmpeg follows');
  };

  const logLimited = (line: string) => {
    const now = options.now();
    if (now - windowStart >= limits.windowMs) {
      if (suppressed > 0) options.log.debug({ lines: suppressed }, 'ffmpeg lines were left out');
      windowStart = now;
      logged = 0;
      suppressed = 0;
    }
    if (logged < limits.loggedPerWindow) {
      logged++;
      options.log.debug({ line }, 'ffmpeg');
    } else suppressed++;
  };

  return {
    write: text => {
      const parts = (pending + text).split(/[\r\n]/);
      // A child that never ends its line must not make the memory grow.
      pending = parts.pop()!.slice(0, 4 * limits.lineLength);
      for (const line of parts) take(line);
    },
    lines: () => kept,
  };
}

/** Everything in a camera's address that must not be seen: its password in both spellings, and path and query, where some cameras take theirs. */
export function secretsOf(url: string): string[] {
  const password = /^\w+:\/\/[^\s/@:]*:([^\s/]*)@/.exec(url)?.[1];
  const path = /^rtsps?:\/\/[^/]+(\/.+)$/.exec(url)?.[1];
  const query = path !== undefined && /[?&=]/.test(path) ? [path] : [];
  return password === undefined ? query : [...new Set([password, decoded(password)]), ...query];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutSecrets(line: string, secrets: readonly string[]): string {
  // An address ends at a blank only: it may hold quotes, and a quote too much is better hidden than a password shown.
  return redact(line.replace(/(rtsps?:\/\/)\S+/g, '$1***'), secrets);
}
