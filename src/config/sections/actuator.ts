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

/** How a relay is told to open. */
export type RelayConfig = z.output<typeof RelaySection>;
