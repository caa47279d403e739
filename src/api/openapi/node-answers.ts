import { z } from 'zod';
import { DENY_REASONS } from '../../domain/door.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { ROLES } from '../../domain/token.ts';
import { STATUS } from '../error-table.ts';
import { BoundingBox } from './person-answers.ts';

const count = z.int().min(0);
const time = z.iso.datetime();
const success = z.literal('success');
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const reasons = z.array(z.string()).describe('one sentence each');

/** The body of every failure. */
export const Failure = z.object({
  status: z.literal('fail'),
  code: z.enum(Object.keys(STATUS) as [ErrorCode, ...ErrorCode[]]).describe('stable, for programs'),
  message: z.string().describe('one sentence that says what was wrong and what to do'),
  reason: z.string().optional().describe('of low_quality: what is wrong with the face'),
  customer_person_id: z.string().optional().describe('of face_conflict: who has this face already'),
  similarity: z.number().optional().describe('of face_conflict'),
  reasons: reasons.optional().describe('of not_ready: one sentence each'),
});

/** That it was done. */
export const Done = z.object({ status: success });

const clock = z.object({
  believed: z.boolean(),
  doubt: z
    .enum(['before_install', 'behind', 'was_set'])
    .optional()
    .describe('why it is not believed, and doors stay shut'),
  leapt: z.boolean().describe('whether it leapt ahead, so that nothing is thrown away for its age'),
});

/** The clock after it was confirmed. */
export const ConfirmedClock = z.object({ status: success, time, clock });

/** The state of the daemon in brief. */
export const Status = z.object({
  status: success,
  time,
  ready: z.boolean(),
  reasons,
  cameras: z.object({ total: count, live: count }),
  clock,
  events: z.object({ waiting: count, damaged: count, dropped: count }),
  broker: z.object({ connected: z.boolean() }),
  webhooks: z.object({ waiting: count, undelivered: count }),
  customer: z.string(),
  role: z.enum(ROLES),
});

const phase = z.enum(['idle', 'starting', 'live', 'stalled', 'backoff', 'stopped']);
const size = { width: count.optional(), height: count.optional() };
const trouble = {
  reason: z.string().optional().describe('stable; see the table of reasons'),
  message: z.string().optional().describe('one sentence for the operator'),
};

/** What the cameras are doing. */
export const Cameras = z.object({
  cameras: z.array(
    z.object({
      id: z.string(),
      phase,
      ...trouble,
      ...size,
      frames: count,
      dropped: count.describe('frames that a newer one overtook'),
      restarts: count,
      software_fallback: z.boolean().optional(),
      detail: z
        .object({ phase, ...trouble, ...size, frames: count, restarts: count })
        .optional()
        .describe('the main stream, where faces are found in a sub stream'),
      recognition: z
        .object({
          frames: count,
          still: count,
          wanted_fps: z.number(),
          given_fps: z.number(),
          outside: count,
          tracks: count,
          faces: count,
          described: count,
          poor: count,
          saved: count,
        })
        .optional(),
      last_frame_at: time.optional(),
      since: time,
    }),
  ),
});

/** What a door would decide of a face now. */
export const DoorTrialAnswer = z.object({
  status: success,
  door: z.string(),
  decision: z.enum(['grant', 'deny']),
  reason: z.enum(DENY_REASONS).optional(),
  explanation: z.string(),
  customer_person_id: z.string().optional(),
  similarity: z.number(),
  threshold: z.number(),
  margin: z.number(),
  bounding_box: BoundingBox,
});

/** Decisions that no webhook took. */
export const Undelivered = z.object({
  undelivered: z.array(
    z.object({
      seq: z.int().min(1),
      event_id: z.uuid(),
      door: z.string(),
      decision: z.enum(['grant', 'deny']),
      given_up_at: time,
      attempts: count,
      failure: z.string(),
    }),
  ),
});

/** How many entries were forgotten. */
export const Forgotten = z.object({ status: success, forgotten: count });

/** Entries of the audit log. */
export const AuditPage = z.object({
  entries: z.array(
    z.object({
      seq: z.int().min(1),
      at: time,
      act: z.string(),
      by: z.string().describe('token:<id>, camera:<id>, cli or system:<part>'),
      customer: z.string().optional(),
      persons: z.array(z.string()).optional().describe('pseudonyms'),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      prev: hash,
      hash,
    }),
  ),
  next_cursor: z.string().optional().describe('cursor of the next page, absent at the end'),
});

/** Whether the audit log is whole. */
export const AuditVerdict = z.object({
  intact: z.boolean(),
  problem: z.string().optional(),
  entries: count,
  head: z.object({ seq: count, hash }).describe('keep it elsewhere'),
});

/** Whether an erasure receipt is genuine. */
export const ReceiptVerdict = z.object({
  genuine: z.boolean(),
  problem: z.string().optional(),
  erased_at: time.optional(),
});

/** The new master key. */
export const RotatedKey = z.object({ status: success, key_id: z.string() });

const backup = { name: z.string(), created_at: time, bytes: count, key_id: z.string() };

/** A backup that was made. */
export const BackupMade = z.object({ status: success, ...backup });

/** The backups that are there. */
export const Backups = z.object({ backups: z.array(z.object(backup)) });

const tokenId = z.string().regex(/^[0-9a-f]{12}$/);
const token = {
  id: tokenId.describe('the first digits of its hash'),
  role: z.enum(ROLES),
  name: z.string(),
  state: z.enum(['valid', 'expired', 'revoked']),
  created_at: time,
  expires_at: time.optional(),
  revoked_at: time.optional(),
  replaced_by: tokenId.optional(),
  last_used_at: time.optional().describe('the hour, by its beginning'),
};
const secret = z
  .string()
  .regex(/^[0-9a-f]{40}$/)
  .describe('shown this once');

/** A token, which nobody can read any more. */
export const Token = z.object(token);

/** The tokens of a customer. */
export const Tokens = z.object({ tokens: z.array(Token) });

/** A new token. */
export const NewTokenAnswer = z.object({ status: success, token: secret, ...token });

/** A token in the place of another. */
export const RotatedTokenAnswer = z.object({ status: success, token: secret, ...token, replaces: Token });

/** A token that opens nothing any more. */
export const RevokedToken = z.object({ status: success, ...token });
