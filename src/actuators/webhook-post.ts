import { createHmac } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** What one try came to; `again` tells whether another may help. */
export type PostOutcome =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly failure: string; readonly again: boolean };

/** One try to deliver a body. */
export interface Post {
  readonly url: string;
  readonly secret: string;
  /** PEM text of the only CA to be trusted; that of the system where it is absent. */
  readonly ca?: string | undefined;
  /** JSON. */
  readonly body: string;
  /** For how long an answer is waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** `Facegate-Signature`: HMAC-SHA256 in hex, under the secret's UTF-8 bytes, of the `Facegate-Timestamp` (seconds since the epoch), a dot and the body. */
export function webhookSignature(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}

/** Posts once; follows no redirect, reads nothing of the answer but its status, and never rejects. */
export async function post(order: Post): Promise<PostOutcome> {
  const signal = AbortSignal.any([order.signal, AbortSignal.timeout(Math.ceil(order.timeoutMs))]);
  try {
    const status = await statusOf(order, signal);
    if (status >= 200 && status < 300) return { delivered: true };
    return { delivered: false, failure: `HTTP ${status}`, again: status >= 500 || PASSING.has(status) };
  } catch (error) {
    return { delivered: false, failure: failureOf(error, signal), again: true };
  }
}

/** A connection of its own each time: one that is kept would hold what of the last answer was not read. */
function statusOf({ url, secret, ca, body, now }: Post, signal: AbortSignal): Promise<number> {
  const timestamp = String(Math.floor(now / 1000));
  const options = {
    method: 'POST',
    agent: false,
    signal,
    ...(ca !== undefined && { ca }),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'facegate',
      'facegate-timestamp': timestamp,
      'facegate-signature': webhookSignature(secret, timestamp, body),
    },
  };
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestHttps(url, options) : requestHttp(url, options);
    request.on('error', reject);
    request.on('response', response => {
      response.on('error', () => undefined);
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    request.end(body);
  });
}

/** Request timeout, too early, too many requests. */
const PASSING = new Set([408, 425, 429]);

/** A code, never a message: messages may quote the URL, and with it a secret in its query. */
function failureOf(error: unknown, { reason }: AbortSignal): string {
  if ((reason as Error | undefined)?.name === 'TimeoutError') return 'timeout';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code !== 'ABORT_ERR' ? code : 'no answer';
}
