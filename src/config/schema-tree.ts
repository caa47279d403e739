import { z } from 'zod';
import { ConfigSchema } from './schema.ts';

/** The part of JSON Schema that the configuration's schema uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
}

/** The configuration's schema as JSON Schema (draft 2020-12) of what is written in the file: what has a default is optional. */
export function schemaTree(): SchemaNode {
  return z.toJSONSchema(ConfigSchema, { io: 'input' }) as SchemaNode;
}

/** The settings that may stand at a path of the configuration; none if the path leads nowhere. */
export function knownKeys(path: readonly (string | number)[]): string[] {
  let node: SchemaNode | undefined = schemaTree();
  for (const part of path) node = typeof part === 'number' ? node?.items : node?.properties?.[part];
  return Object.keys(node?.properties ?? {});
}
