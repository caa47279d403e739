import { z } from 'zod';

/** How much may wait for a broker that is away. */
export const EventsSection = z.strictObject({
  maxRows: z
    .int()
    .min(1000)
    .max(10_000_000)
    .default(100_000)
    .describe(
      'Most events that wait; then the oldest are dropped, but events about attacks, tampering and doors last.',
    ),
  maxBytes: z
    .int()
    .min(1024 * 1024)
    .max(64 * 1024 ** 3)
    .default(256 * 1024 * 1024)
    .describe('Most bytes of the store that events which wait may take; then as above.'),
  maxAgeHours: z
    .int()
    .min(1)
    .max(8760)
    .default(168)
    .describe('Hours after which an event that could not be sent is dropped, whatever it tells of.'),
});
