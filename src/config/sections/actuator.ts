import { z } from 'zod';

/** A relay that listens to MQTT. */
export const RelaySection = z.strictObject({
  topic: z
    .string()
    .regex(/^[^$#+\0][^#+\0]{0,255}$/, 'use 1 to 256 characters without "#" and "+", not beginning with "$"')
    .describe('Topic that the relay takes commands from, as cmnd/door-relay/POWER.'),
  payload: z
    .string()
    .min(1)
    .max(1024)
    .default('ON')
    .describe('The command that opens; sent once, so the relay must fall back by itself.'),
  allowWithoutExpiry: z
    .boolean()
    .default(false)
    .describe(
      'Send it also through a broker of MQTT 3.1.1, such as the embedded one, which keeps it for a relay with a persistent session that is away, and opens late.',
    ),
});

/** A webhook that decisions are posted to. */
export const WebhookSection = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^@#\s]+$/, 'use https:// or http://, without user:password@ and "#"')
      .describe('https:// address that every decision is posted to; http:// only to this machine.'),
    secret: z
      .string()
      .min(32)
      .max(1024)
      .describe('Secret that requests are signed with; at least 32 characters. Write ${NAME}.'),
    allowPlaintext: z
      .boolean()
      .default(false)
      .describe('Allow http:// to another host, where who stands at the door can be read on the way.'),
    ca: z
      .string()
      .optional()
      .describe(
        "Certificate of the CA that signed the receiver's, where it is your own: a PEM file, or the PEM text itself as ${NAME}.",
      ),
    denyHours: z
      .int()
      .min(0)
      .max(24)
      .default(4)
      .describe(
        'Hours for which a denial that was not taken is posted again; a grant only until it expires.',
      ),
  })
  .superRefine(({ url, allowPlaintext, ca }, context) => {
    const refuse = (message: string, path = 'url') =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (!URL.canParse(url)) return refuse('is no address');
    const { protocol, hostname } = new URL(url);
    if (protocol === 'http:' && !allowPlaintext && !LOOPBACK.test(hostname))
      refuse(
        'sends decisions in the clear to another host; use https://, or set allowPlaintext: true beside it',
      );
    if (ca !== undefined && protocol === 'http:')
      refuse('is for https:// only, and url is http://; change url or leave ca out', 'ca');
  });

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** How a relay is told to open. */
export type RelayConfig = z.output<typeof RelaySection>;

/** Where decisions are posted to. */
export type WebhookConfig = z.output<typeof WebhookSection>;
