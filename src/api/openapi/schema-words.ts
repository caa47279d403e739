import type { JsonSchema } from '../../domain/event-schema.ts';

/** A property of an object, or of an object in it, as a table shows it. */
export interface PropertyRow {
  /** With a dot before what lies within, and [] for each of a list. */
  readonly name: string;
  readonly kind: string;
  readonly required: boolean;
  readonly description: string;
}

interface Node extends JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: Node;
  readonly prefixItems?: readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

/** What a schema admits, in few words. */
export function kindOf(schema: JsonSchema): string {
  const { $ref, type, format, enum: values, const: only, items, prefixItems, ...rest } = schema as Node;
  const choices = rest.anyOf ?? rest.oneOf;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  if (choices !== undefined) return [...new Set(choices.map(kindOf))].join(' or ');
  if (only !== undefined) return JSON.stringify(only);
  if (values !== undefined) return values.map(value => JSON.stringify(value)).join(', ');
  if (prefixItems !== undefined) return `list of ${prefixItems.length} of ${kindOf(prefixItems[0]!)}`;
  if (items !== undefined) return `list of ${kindOf(items)}`;
  if (type === undefined) return 'file';
  const words = [format ?? [type].flat().join(' or ')];
  if (rest.minimum !== undefined) words.push(`from ${rest.minimum}`);
  if (rest.maximum !== undefined) words.push(`to ${rest.maximum}`);
  if (rest.maxLength !== undefined) words.push(`of at most ${rest.maxLength} characters`);
  if (rest.pattern !== undefined) words.push(`like ${rest.pattern}`);
  return words.join(' ');
}

/** The properties of an object, each followed by those within it. */
export function propertiesOf(schema: JsonSchema, prefix = ''): PropertyRow[] {
  const { properties = {}, required = [] } = schema as Node;
  return Object.entries(properties).flatMap(([key, node]) => {
    const name = `${prefix}${key}`;
    const row = {
      name,
      kind: kindOf(node),
      required: required.includes(key),
      description: node.description ?? '',
    };
    const within = node.items ? propertiesOf(node.items, `${name}[].`) : propertiesOf(node, `${name}.`);
    return [row, ...within];
  });
}
