import type { z } from 'zod';
import type { ErrorCode } from '../../domain/errors.ts';
import type { BodyFields } from '../fields.ts';
import type { AnswerName } from './schemas.ts';

/** The groups of operations, in the order of the document. */
export const TAGS = [
  'Persons',
  'Gallery',
  'Cameras and doors',
  'Events',
  'Administration',
  'Health',
] as const;

type Field = keyof typeof BodyFields.shape;

/** What an operation takes in its body. */
export type Body =
  /** A form or a JSON object with these of the fields of persons. */
  | { readonly fields: readonly Field[]; readonly required: readonly Field[] }
  /** A JSON object. */
  | { readonly json: z.ZodType; readonly optional?: boolean };

/** What an operation answers where it succeeds. */
export interface Answer {
  readonly status: 200 | 201 | 202;
  /** The schema of its JSON, where it can be JSON. */
  readonly json?: AnswerName;
  /** Other media types and what they hold; an `Accept` chooses. */
  readonly types?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the document says of a route; what it may be called with is what the route's schemas take. */
export interface Operation {
  readonly tag: (typeof TAGS)[number];
  /** A phrase for the table in README. */
  readonly does: string;
  /** Sentences beyond it. */
  readonly more?: string;
  /** Parameters of the path. */
  readonly path?: Readonly<Record<string, { readonly schema: z.ZodType; readonly says: string }>>;
  readonly query?: z.ZodObject;
  /** Request headers that are read, and what for. */
  readonly headers?: Readonly<Record<string, { readonly schema: z.ZodType; readonly says: string }>>;
  readonly body?: Body;
  readonly answer: Answer;
  /** Why it may fail, beyond what any route may. */
  readonly fails?: readonly ErrorCode[];
}

/** Operations of one group, by route. */
export function tagged<R extends string>(
  tag: Operation['tag'],
  operations: Readonly<Record<R, Omit<Operation, 'tag'>>>,
): Readonly<Record<R, Operation>> {
  const entries = Object.entries<Omit<Operation, 'tag'>>(operations);
  return Object.fromEntries(entries.map(([route, rest]) => [route, { tag, ...rest }])) as Record<
    R,
    Operation
  >;
}
