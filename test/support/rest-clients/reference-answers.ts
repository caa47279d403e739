/** What came back for one call of `reference-client.py`. */
export interface ReferenceAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects and fails where it is not there.
  readonly body: any;
}

/** What `reference-client.py` must be answered, call by call. */
export const REFERENCE_STATUSES = {
  enroll: 200,
  enroll_again: 200,
  enroll_json: 200,
  update: 200,
  update_in_path: 200,
  update_differing: 400,
  patch: 200,
  get: 200,
  list: 200,
  match: 200,
  match_text_only: 400,
  verify: 200,
  verify_nobody: 404,
  delete: 200,
  get_deleted: 404,
  no_token: 401,
  not_json: 406,
  wrong_method: 405,
  too_large: 413,
} as const;

/** The answers printed by `reference-client.py`, and their statuses. */
export function readAnswers(stdout: string): {
  answers: Record<keyof typeof REFERENCE_STATUSES, ReferenceAnswer>;
  statuses: Record<string, number>;
} {
  const answers = JSON.parse(stdout) as Record<keyof typeof REFERENCE_STATUSES, ReferenceAnswer>;
  const statuses = Object.fromEntries(Object.entries(answers).map(([name, { status }]) => [name, status]));
  return { answers, statuses };
}
