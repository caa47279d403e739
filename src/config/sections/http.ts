import { z } from 'zod';
import { isLoopback } from './loopback.ts';

/** The REST server. */
export const HttpSection = z
  .strictObject({
    host: z
      .string()
      .default('127.0.0.1')
      .describe(
        'Address the REST server listens on. Anything but loopback needs cert and key, or allowPlaintext.',
      ),
    port: z
      .int()
      .min(0)
      .max(65535)
      .default(8080)
      .describe('TCP port of the REST server; 0 takes a free one.'),
    cert: z
      .string()
      .optional()
      .describe(
        'Certificate of the REST server with those between it and its CA: a PEM file, or the PEM text itself as ${NAME}. It then speaks TLS only.',
      ),
    key: z
      .string()
      .optional()
      .describe('Private key of cert, without a passphrase: a PEM file, or the PEM text as ${NAME}.'),
    allowPlaintext: z
      .boolean()
      .default(false)
      .describe(
        'Listen beyond this machine without TLS, where tokens, names and photos can be read and changed on the way.',
      ),
    requestsPerSecond: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe(
        'Most requests a second of one token, and of one address without one; more are answered 429.',
      ),
    maxUploadBytes: z
      .int()
      .min(1024)
      .max(64 * 1024 * 1024)
      .default(8 * 1024 * 1024)
      .describe('Largest request body in bytes; larger is answered 413.'),
    maxImagePixels: z
      .int()
      .min(10_000)
      .max(100_000_000)
      .default(50_000_000)
      .describe(
        'Largest uploaded image in pixels (width times height), for an ordinary JPEG; of what is dearer to decode fewer are allowed. Larger is answered 413.',
      ),
  })
  .superRefine(({ host, cert, key, allowPlaintext }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((cert === undefined) !== (key === undefined))
      refuse(cert === undefined ? 'key' : 'cert', 'is of no use alone; give both http.cert and http.key');
    if (!isLoopback(host) && cert === undefined && !allowPlaintext)
      refuse(
        'host',
        'lets others on the network read tokens and photos on the way; give http.cert and http.key, or set http.allowPlaintext: true',
      );
  });
