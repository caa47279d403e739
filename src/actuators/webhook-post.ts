import { createHmac } from 'node:crypto';

/** What one try came to; `again` tells whether another may help. */
export type PostOutcome =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly failure: string; readonly again: boolean };

/** One try to deliver a body. */
export interface Post {
  readonly url: string;
  readonly secret: string;
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
export async function post({ url, secret, body, timeoutMs, now, signal }: Post): Promise<PostOutcome> {
  const timestamp = String(Math.floor(now / 1000));
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(timeoutMs))]),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'facegate',
        'facegate-timestamp': timestamp,
        'facegate-signature': webhookSignature(secret, timestamp, body),
      },
    });
    const { ok, status } = response;
    await response.body?.cancel();
    if (ok) return { delivered: true };
    return { delivered: false, failure: `HTTP ${status}`, again: status >= 500 || PASSING.has(status) };
  } catch (error) {
    return { delivered: false, failure: failureOf(error), again: true };
  }
}

/** Request timeout, too early, too many requests. */
const PASSING = new Set([408, 425, 429]);

/** A code, never a message: messages may quote the URL, and with it a secret in its query. */
function failureOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } };
  if (typeof cause?.code === 'string') return cause.code;
  return name === 'TimeoutError' ? 'timeout' : 'no answer';
}
