import { z } from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime();
const customerPersonId = z.string().describe('your own id of the person');
const miicloudPersonId = z.uuid().describe('stable for the person');
const similarity = z.number().min(-1).max(1).describe('cosine, higher is closer');
const success = z.literal('success');

/** A box in an image. */
export const BoundingBox = z
  .object({ left_x: z.int(), left_y: z.int(), right_x: z.int(), right_y: z.int() })
  .describe('whole pixels of the upright image; corners may lie outside of it');

const profile = {
  first_name: z.string().describe('"" where it is not set'),
  last_name: z.string(),
  email: z.string(),
  phone: z.string(),
};

const access = {
  groups: z.array(z.string()).optional().describe('groups of the person, where any were ever named'),
  valid_from: time.optional(),
  valid_until: time.optional(),
  deny: z.literal(true).optional().describe('no door opens to the person'),
};

const images = z
  .array(
    z.object({
      image: z.string().describe('name of the image; it cannot be downloaded'),
      created: z.string().describe('ISO 8601 in UTC, with microseconds'),
    }),
  )
  .describe('newest first');

const consent = z
  .object({ id: z.string(), purpose: z.string().optional(), given_at: time, expires_at: time.optional() })
  .optional();

const warnings = z
  .array(
    z.object({
      code: z.enum(['face_conflict', 'unlike_own_images']),
      customer_person_id: customerPersonId.optional(),
      similarity,
    }),
  )
  .optional()
  .describe('what the sender should know although the image was enrolled');

/** Everything that may be told of a person. */
export const Person = z.object({
  customer_person_id: customerPersonId,
  miicloud_person_id: miicloudPersonId,
  images,
  ...profile,
  ...access,
  needs_enrollment: z
    .literal(true)
    .optional()
    .describe('no search finds the person: there is no image of the present embedder'),
  consent,
});

/** One page of persons. */
export const PersonPage = z.object({
  persons: z.array(Person.omit({ consent: true })),
  next_cursor: z.string().optional().describe('cursor of the next page, absent at the end'),
});

/** What an enrollment came to. */
export const Enrolled = z.object({
  status: success,
  miicloud_person_id: miicloudPersonId,
  customer_person_id: customerPersonId,
  ...profile,
  ...access,
  bounding_box: BoundingBox,
  image: z.string().describe('enroll/<name>_<7 letters and digits>.<ending>'),
  warnings,
});

/** What a change of a person came to. */
export const Updated = z.object({
  status: success,
  miicloud_person_id: miicloudPersonId,
  customer_person_id: customerPersonId,
  ...profile,
  ...access,
  images,
  bounding_box: BoundingBox.optional().describe('where an image was sent'),
  warnings,
});

/** Who was erased. */
export const Deleted = z.object({
  status: success,
  customer_person_id: customerPersonId,
  miicloud_person_id: miicloudPersonId,
});

/** The faces of an image and who they are. */
export const Matches = z.object({
  faces: z
    .array(
      z.object({
        match_status: z.enum(['known', 'unknown']),
        bounding_box: BoundingBox,
        match_confidence: z.number().min(0).max(1).describe('0 for unknown, else higher is closer'),
        miicloud_person_id: miicloudPersonId.optional(),
        customer_person_id: customerPersonId.optional(),
      }),
    )
    .describe('the largest first; empty where no face was found'),
});

const findings = <T extends z.ZodType>(worst: T) => z.object({ total: count, worst: z.array(worst) });
const ofImage = { customer_person_id: customerPersonId, image: z.string() };

/** What is weak, alike or out of place in a gallery. */
export const GalleryAudit = z.object({
  exact: z.boolean().describe('false where every k-th person stood for all'),
  persons: count,
  templates: count,
  compared_templates: count,
  other_model_templates: count,
  threshold: similarity,
  own_threshold: similarity,
  min_norm: z.number(),
  weak: findings(z.object({ ...ofImage, norm: z.number() })),
  confusable: findings(
    z.object({ customer_person_ids: z.tuple([customerPersonId, customerPersonId]), similarity }),
  ),
  outlying: findings(z.object({ ...ofImage, similarity })),
  needs_enrollment: findings(z.object({ customer_person_id: customerPersonId, images: count })),
  far: z
    .object({
      strangers: z.object({
        comparisons: count,
        max: similarity,
        p50: similarity,
        p99: similarity,
        p99_9: similarity,
        p99_99: similarity,
        images_above_threshold: count,
        persons: findings(
          z.object({ customer_person_id: customerPersonId, similarity, most_like: customerPersonId }),
        ),
      }),
      genuine: z.object({
        images: count,
        persons: count,
        min: similarity,
        p1: similarity,
        p5: similarity,
        p50: similarity,
        missed: count,
        mistaken: count,
      }),
    })
    .optional()
    .describe('the gallery measured against itself'),
});

/** How far a migration is. */
export const Migration = z.object({
  status: success,
  state: z.enum(['idle', 'running', 'done', 'failed']),
  reason: z.string().optional(),
  persons: z.object({ done: count, total: count }),
  templates: z.object({ migrated: count, not_kept: count, unreadable: count, refused: count }),
  needs_enrollment: count,
});
