import { z } from 'zod';
import { EVENT_SCHEMAS, type JsonSchema, objectSchema } from '../../domain/event-schema.ts';
import * as node from './node-answers.ts';
import * as person from './person-answers.ts';

const ANSWERS = { ...person, ...node };

/** The name of an answer among the schemas of the document. */
export type AnswerName = keyof typeof ANSWERS | 'EventPage';

/** What the answer of this name holds: who makes one by this type makes what the reference says. */
export type AnswerOf<Name extends keyof typeof ANSWERS> = Told<z.input<(typeof ANSWERS)[Name]>>;

type Told<T> = T extends readonly (infer Item)[]
  ? readonly Told<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Told<T[Key]> }
    : T;

/** Where the document keeps the schema of this name. */
export const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** A zod schema as JSON Schema 2020-12, by what it takes in. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', override: simplify });
  return rest;
}

interface Overridden {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

/** The schemas of all answers by their names. */
export function answerSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(ANSWERS)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    override: simplify,
    uri: id => refTo(id).$ref,
  });
  const named = Object.entries(schemas).map(([name, { $schema: _, $id: _id, ...schema }]) => [name, schema]);
  return { ...Object.fromEntries(named), ...eventSchemas() };
}

/** Events as the history tells them: without what a door could be opened with. */
function eventSchemas(): Record<string, JsonSchema> {
  const told = Object.entries(EVENT_SCHEMAS).map(([type, { properties, ...rest }]) => {
    const { signature: _signature, unlock_ms: _unlock, ...others } = properties;
    return [nameOf(type), { ...rest, properties: others }] as const;
  });
  const kinds = told.map(([name]) => refTo(name));
  return {
    ...Object.fromEntries(told),
    Event: { oneOf: kinds, description: 'told apart by type' },
    EventPage: objectSchema(
      { events: { type: 'array', items: refTo('Event'), description: 'the oldest first' } },
      { next: { type: 'integer', description: 'the after of the next page, absent at the end' } },
    ),
  };
}

/** person_seen -> PersonSeen */
function nameOf(type: string): string {
  return type.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A format says it better than its pattern, and that numbers are safe integers goes without saying. */
function simplify({ zodSchema, jsonSchema: schema }: Overridden): void {
  const sent = z.globalRegistry.get(zodSchema)?.sent;
  if (sent !== undefined) {
    for (const key of Object.keys(schema)) if (key !== 'description') delete schema[key];
    Object.assign(schema, sent);
  }
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
