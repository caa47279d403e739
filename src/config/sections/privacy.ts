import { z } from 'zod';

/** How long persons are kept, and what it takes to enroll them. */
export const PrivacySection = z.strictObject({
  retentionDays: z
    .int()
    .min(0)
    .max(36_500)
    .default(0)
    .describe(
      'Days after which a person who was not seen, enrolled or changed any more is erased; 0 keeps them. Looked at once a day.',
    ),
  requireConsent: z
    .boolean()
    .default(false)
    .describe('Refuse to enroll whoever has no consent_id: your reference of what they have signed.'),
  auditDays: z
    .int()
    .min(0)
    .max(36_500)
    .default(1095)
    .describe('Days that an entry of the audit log is kept; 0 keeps all.'),
});
