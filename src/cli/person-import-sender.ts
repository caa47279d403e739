import { setTimeout as sleep } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';
import { type DaemonConnection, noDaemon } from './daemon-client.ts';

/** What the daemon answered to an enrollment; `in doubt` where the connection broke before it did. */
export type EnrollAnswer =
  | { readonly ok: true; readonly warnings?: readonly object[] }
  | {
      readonly ok: false;
      readonly code: string;
      readonly reason: string;
      /** Whatever is sent next would be refused as well. */
      readonly isFinal: boolean;
    }
  | 'in doubt';

/** Requests that wait for a daemon that is busy or starts anew; all throw what makes going on senseless. */
export interface PatientSender {
  enroll(form: FormData): Promise<EnrollAnswer>;
  /** Names of the person's enrolled images; none where there is no such person. */
  imagesOf(customerPersonId: string): Promise<string[]>;
  /** Waits so many milliseconds. Rejects when the import is stopped. */
  pause(ms: number): Promise<void>;
}

const REQUEST_MS = 120_000;
const FIRST_WAIT_MS = 1000;
/** A daemon that starts anew loads its models and a large gallery in this time. */
const PATIENCE_MS = 300_000;
/** Busy, limited or starting. */
const LATER = [429, 502, 503, 504];
/** No or not enough rights, another program's address, no room. */
const SENSELESS = [401, 403, 404, 405, 507];
const NEVER_SENT = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];
/** A proxy's own answers: the request may have gone through. */
const OF_A_PROXY = [502, 504];

/** A sender over a connection. What one request is told to wait, all wait. `stopped` ends waiting, not what is under way. */
export function createPatientSender(options: {
  connection: DaemonConnection;
  stopped: AbortSignal;
  now: () => number;
  /** Told once for each wait. */
  onWait: (reason: string, ms: number) => void;
  patienceMs?: number;
}): PatientSender {
  const { connection, stopped, now, onWait, patienceMs = PATIENCE_MS } = options;
  let resumeAt = 0;
  let lastAnswer = now();

  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await sleep(ms, undefined, { signal: stopped });
  };

  const wait = async (reason: string, ms: number, cause?: unknown): Promise<void> => {
    if (now() - lastAnswer + ms > patienceMs)
      throw cause instanceof FacegateError ? cause : noDaemon(connection.base, cause);
    if (now() + ms > resumeAt) {
      resumeAt = now() + ms;
      onWait(reason, ms);
    }
    await pause(resumeAt - now());
  };

  /** The answer when it is neither a wait nor the end; `in doubt` for a request that may have arrived. */
  const send = async (method: string, path: string, body?: FormData): Promise<Response | 'in doubt'> => {
    for (let tries = 0; ; tries++) {
      await pause(resumeAt - now());
      let response: Response;
      try {
        const signal = AbortSignal.timeout(REQUEST_MS);
        response = await connection.send(method, path, { ...(body && { body }), signal });
      } catch (error) {
        const { code } = ((error as Error).cause ?? {}) as { code?: string };
        await wait('no daemon answers', FIRST_WAIT_MS * Math.min(10, tries + 1), error);
        if (code !== undefined && NEVER_SENT.includes(code)) continue;
        if (body) return 'in doubt';
        continue;
      }
      if (LATER.includes(response.status)) {
        const message = await bodyOf(response).then(
          body => body.message,
          () => `The daemon answered ${response.status}.`,
        );
        const asked = Number(response.headers.get('retry-after') ?? 1);
        const ms = (Number.isFinite(asked) ? Math.max(asked, 1) : 1) * 1000;
        await wait(message, ms, new FacegateError('overloaded', message));
        if (body && OF_A_PROXY.includes(response.status)) return 'in doubt';
        continue;
      }
      lastAnswer = now();
      return response;
    }
  };

  return {
    pause,
    enroll: async form => {
      const response = await send('POST', '/miicloud/person', form);
      if (response === 'in doubt') return response;
      const body = await bodyOf(response).catch(() => undefined);
      // The daemon died behind the head of its answer.
      if (body === undefined) return 'in doubt';
      if (response.ok) return { ok: true, ...(body.warnings && { warnings: body.warnings }) };
      const isFinal = SENSELESS.includes(response.status);
      return { ok: false, code: body.code, reason: body.message, isFinal };
    },
    imagesOf: async id => {
      for (;;) {
        const response = await send('GET', `/miicloud/person/${encodeURIComponent(id)}`);
        if (response === 'in doubt') continue;
        const body = await bodyOf(response);
        if (response.ok) return (body.images ?? []).map(({ image }) => image);
        if (body.code === 'person_not_found') return [];
        throw new FacegateError('invalid_request', body.message);
      }
    },
  };
}

interface Body {
  readonly code: string;
  readonly message: string;
  readonly warnings?: readonly object[];
  readonly images?: readonly { readonly image: string }[];
}

async function bodyOf(response: Response): Promise<Body> {
  const body = (await response.json()) as Partial<Body>;
  return { code: 'internal', message: `The daemon answered ${response.status}.`, ...body };
}
