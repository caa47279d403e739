/** Everything that can be wrong in a way a person can act on. Adding a code without a row in the API's status table does not compile. */
export type ErrorCode =
  | 'invalid_request'
  | 'missing_parameter'
  | 'no_face'
  | 'low_quality'
  | 'image_undecodable'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'person_not_found'
  | 'snapshot_not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'unsupported_media'
  | 'face_conflict'
  | 'too_large'
  | 'rate_limited'
  | 'overloaded'
  | 'not_ready'
  | 'storage_full'
  | 'internal';

/** The one error of the domain: `code` for programs, `message` one sentence that says what was wrong and what to do. */
export class FacegateError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, string | number | boolean> } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'FacegateError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Start cannot go on and trying again will not help (bad config, missing model, damaged store): the daemon exits with `exitCode`. */
export class StartupError extends Error {
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'StartupError';
    this.exitCode = options.exitCode ?? 78;
  }
}
