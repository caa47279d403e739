import { z } from 'zod';

/** The schema of a name that stands in topics and paths. */
export const identifier = (what: string) =>
  z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,63}$/,
      'use 1 to 64 of a-z, 0-9, "-" and "_", beginning with a letter or digit',
    )
    .describe(`${what}: 1 to 64 of a-z, 0-9, "-", "_"; stands in topics.`);
