/** What one check has found. */
export interface Finding {
  readonly check:
    | 'config'
    | 'node'
    | 'ffmpeg'
    | 'models'
    | 'key'
    | 'store'
    | 'disk'
    | 'clock'
    | 'rest'
    | 'broker'
    | 'camera';
  /** Which one, where there are several. */
  readonly subject?: string;
  /** `fail`: something does not work. `warn`: it works, but not as well or as safely as it should. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** One sentence; where all is not well it says what to do. */
  readonly message: string;
  /** Figures for programs. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** A check that found nothing wrong. */
export function ok(check: Finding['check'], message: string, more: Partial<Finding> = {}): Finding {
  return { check, status: 'ok', message, ...more };
}

/** A check that found something that works, but should be looked at. */
export function warn(check: Finding['check'], message: string, more: Partial<Finding> = {}): Finding {
  return { check, status: 'warn', message, ...more };
}

/** A check that found something that does not work. */
export function fail(check: Finding['check'], message: string, more: Partial<Finding> = {}): Finding {
  return { check, status: 'fail', message, ...more };
}

/** The findings as lines for people: status, check, sentence. */
export function findingLine({ status, check, subject, message }: Finding): string {
  const what = subject === undefined ? check : `${check} ${subject}`;
  return `${{ ok: 'ok', warn: 'WARN', fail: 'FAIL' }[status].padEnd(4)}  ${what.padEnd(16)}  ${message}`;
}
