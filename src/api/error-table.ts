import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, FacegateError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { ApiEnv } from './environment.ts';

/** The HTTP status of every error code; a code without a row does not compile. */
export const STATUS: Record<ErrorCode, ContentfulStatusCode> = {
  invalid_request: 400,
  missing_parameter: 400,
  no_face: 400,
  low_quality: 400,
  image_undecodable: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  person_not_found: 404,
  snapshot_not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  face_conflict: 409,
  too_large: 413,
  unsupported_media: 415,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
  not_ready: 503,
  storage_full: 507,
};

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  rate_limited: 60,
  overloaded: 1,
  not_ready: 5,
};

/** Which details of an error its body tells, and under what name. */
const TOLD: Partial<Record<ErrorCode, Readonly<Record<string, string>>>> = {
  low_quality: { reason: 'reason' },
  face_conflict: { customer_person_id: 'customerPersonId', similarity: 'similarity' },
};

const INTERNAL = 'Something went wrong inside the service; its log has the cause under this x-request-id.';

/** The body of every failure. */
export function failureBody(code: ErrorCode, message: string) {
  return { status: 'fail', code, message } as const;
}

/** Answers an error; what is not a FacegateError, or is `internal`, is logged and told without details. */
export function answerError(error: Error, c: Context<ApiEnv>, log: Logger): Response {
  const known = error instanceof FacegateError && error.code !== 'internal' ? error : undefined;
  if (known === undefined) {
    log.error({ requestId: c.get('requestId'), err: error }, 'A request failed inside the service.');
    return c.json(failureBody('internal', INTERNAL), STATUS.internal);
  }
  const { code, details } = known;
  const wait = details.retryAfterSeconds ?? RETRY_AFTER_SECONDS[code];
  if (wait !== undefined) c.header('retry-after', String(wait));
  if (details.allow !== undefined) c.header('allow', String(details.allow));
  if (code === 'unauthorized') c.header('www-authenticate', 'Token');
  return c.json({ ...failureBody(code, known.message), ...toldDetails(known) }, STATUS[code]);
}

function toldDetails({ code, details }: FacegateError): Record<string, string | number | boolean> {
  const names = Object.entries(TOLD[code] ?? {});
  return Object.fromEntries(
    names.flatMap(([name, detail]) => (detail in details ? [[name, details[detail]]] : [])),
  );
}
