import { z } from 'zod';
import { ROLES } from '../domain/token.ts';
import { Text } from './fields.ts';

const MAX_DAYS = 36_500;
const MAX_OVERLAP_HOURS = 24 * 30;

// A slip in the name of a limit would otherwise make a token without it.
const only = (names: string) => (issue: { code?: string }) =>
  issue.code === 'unrecognized_keys' ? `may have the fields ${names} only` : undefined;

/** The body that asks for a token. */
export const NewToken = z.strictObject(
  {
    role: z.enum(ROLES, 'must be reader, operator or admin'),
    name: Text.max(64, 'must be at most 64 characters long').default('').describe('what or who it is for'),
    days: z
      .number('must be a number of days')
      .int('must be a whole number of days')
      .min(1, 'must be 1 or more')
      .max(MAX_DAYS, `must be at most ${MAX_DAYS}`)
      .optional()
      .describe('days until it expires; never where left out'),
  },
  { error: only('role, name and days') },
);

/** The body that asks for a token in the place of another. */
export const Rotation = z.strictObject(
  {
    overlap_hours: z
      .number('must be a number of hours')
      .min(0, 'must be 0 or more')
      .max(MAX_OVERLAP_HOURS, `must be at most ${MAX_OVERLAP_HOURS}`)
      .optional()
      .describe('hours for which the old token goes on working; 24 where left out'),
  },
  { error: only('overlap_hours') },
);

/** A token in a path. */
export const TokenId = z
  .string()
  .regex(/^[0-9a-f]{8,64}$/, 'must be the id that the list of tokens shows: hex digits of its hash');
