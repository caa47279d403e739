import { z } from 'zod';

/** How long events are kept after they were sent. */
export const HistorySection = z.strictObject({
  retentionDays: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe(
      'Days that an event is kept to be read again; those that name a person go with the person. Looked at once a day.',
    ),
  maxRows: z
    .int()
    .min(1000)
    .max(10_000_000)
    .default(200_000)
    .describe('Most events that are kept, about 1.5 KB each; beyond that the oldest go.'),
});
