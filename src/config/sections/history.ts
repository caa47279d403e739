import { z } from 'zod';

const SnapshotsSection = z.strictObject({
  known: z
    .boolean()
    .default(false)
    .describe('Keep the face crop of events and door decisions that name a person; it goes with the person.'),
  unknown: z
    .boolean()
    .default(false)
    .describe(
      'Keep that of events and door decisions that name nobody: pictures of strangers, whom no deletion can find.',
    ),
  retentionDays: z
    .int()
    .min(1)
    .max(3650)
    .default(7)
    .describe('Days that a crop is kept, at most as long as its event. Looked at once a day.'),
  maxBytes: z
    .int()
    .min(1024 * 1024)
    .max(64 * 1024 ** 3)
    .default(256 * 1024 * 1024)
    .describe('Most bytes of the store that crops may take, about 12 KB each; beyond that the oldest go.'),
});

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
  snapshots: SnapshotsSection.prefault({}).describe('The faces that events rest on.'),
});
