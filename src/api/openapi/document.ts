import type { z } from 'zod';
import type { ErrorCode } from '../../domain/errors.ts';
import type { JsonSchema } from '../../domain/event-schema.ts';
import { STATUS } from '../error-table.ts';
import { BodyFields } from '../fields.ts';
import { isRoute, RIGHTS, type Route } from '../rights.ts';
import { type Answer, type Body, type Operation, TAGS } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { answerSchemas, jsonSchemaOf, refTo } from './schemas.ts';

/** A parameter in a path, a query or a header. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

/** What is said of one method of one path. */
export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
  readonly security?: readonly object[];
  /** The least role that it needs. */
  readonly 'x-role': (typeof RIGHTS)[Route];
}

/** An OpenAPI 3.1 document, as far as it is used here. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const DESCRIPTION = `A gallery of faces and what cameras and doors make of it. A token belongs to one customer and sees only what is that customer's. A trailing slash is accepted; what answers to GET answers to HEAD. Failures have one shape: \`code\` for programs, \`message\` for people.`;

const ANYONE_FAILS: readonly ErrorCode[] = ['not_acceptable', 'internal'];
const CALLER_FAILS: readonly ErrorCode[] = [
  ...ANYONE_FAILS,
  'unauthorized',
  'forbidden',
  'rate_limited',
  'overloaded',
];
const WAITS: readonly number[] = [429, 503];

/** The reference of the REST API, made from what its routes are called with and answer. */
export function openApiDocument(): OpenApiDocument {
  const steps = documentInSteps();
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** The same in steps of some milliseconds, so that a server can do other work between them. */
export function* documentInSteps(): Generator<undefined, OpenApiDocument> {
  const schemas = answerSchemas();
  yield;
  const fields = jsonSchemaOf(BodyFields).properties as Record<string, JsonSchema>;
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS) as [Route, Operation][]) {
    if (!isRoute(route)) continue;
    yield;
    const { method, path } = placeOf(route);
    paths[path] = { ...paths[path], [method]: documented(route, operation, fields) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Facegate', version: '1', description: DESCRIPTION },
    tags: TAGS.map(name => ({ name })),
    paths,
    components: { schemas, securitySchemes: { token: TOKEN } },
  } as OpenApiDocument;
}

const TOKEN = {
  type: 'apiKey',
  in: 'header',
  name: 'Authorization',
  description: 'The word `Token`, a blank and 40 hex digits; "facegate token create" makes one.',
};

/** The method in lower case and the path with its parameters in braces. */
export function placeOf(route: Route): { method: string; path: string } {
  const [method = '', path = ''] = route.split(' ');
  return { method: method.toLowerCase(), path: path.replaceAll(/:(\w+)/g, '{$1}') };
}

function documented(
  route: Route,
  operation: Operation,
  fields: Readonly<Record<string, JsonSchema>>,
): DocumentedOperation {
  const role = RIGHTS[route];
  const parameters = parametersOf(operation);
  const needs = role === 'anyone' ? 'Needs no token.' : `Needs the role ${role}.`;
  const { tag, does, more, body } = operation;
  return {
    operationId: operationIdOf(route),
    tags: [tag],
    summary: does,
    description: more === undefined ? needs : `${more} ${needs}`,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBodyOf(body, fields) }),
    responses: { ...responseOf(operation.answer), ...failuresOf(role, operation) },
    security: role === 'anyone' ? [] : [{ token: [] }],
    'x-role': role,
  };
}

/** get_miicloud_person_id for GET /miicloud/person/{id}. */
function operationIdOf(route: Route): string {
  return route.toLowerCase().replaceAll(/\W+/g, '_');
}

function parametersOf({ path = {}, query, headers = {} }: Operation): Parameter[] {
  const named = (place: 'path' | 'header', all: NonNullable<Operation['path']>) =>
    Object.entries(all).map(([name, { schema, says }]) => ({
      name,
      in: place,
      required: place === 'path',
      description: says,
      schema: jsonSchemaOf(schema),
    }));
  return [...named('path', path), ...(query ? queryOf(query) : []), ...named('header', headers)];
}

function queryOf(query: z.ZodObject): Parameter[] {
  const { properties = {}, required = [] } = jsonSchemaOf(query) as {
    properties?: Record<string, JsonSchema & { description?: string }>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function requestBodyOf(
  body: Body,
  all: Readonly<Record<string, JsonSchema>>,
): NonNullable<DocumentedOperation['requestBody']> {
  if ('json' in body)
    return {
      required: body.optional !== true,
      content: { 'application/json': { schema: jsonSchemaOf(body.json) } },
    };
  const { fields, required } = body;
  const properties = Object.fromEntries(fields.map(name => [name, all[name]!]));
  const schema = { type: 'object', properties, ...(required.length > 0 && { required }) };
  const file = { ...properties, image_path: { description: 'the image as a file: JPEG, PNG or WebP' } };
  return {
    required: true,
    content: {
      'multipart/form-data': { schema: { ...schema, properties: file } },
      'application/json': { schema },
    },
  };
}

function responseOf({ status, json, types = {}, headers = {} }: Answer): DocumentedOperation['responses'] {
  const others = Object.entries(types).map(([type, says]) => [
    type,
    {
      schema:
        type.endsWith('json') && type !== 'application/x-ndjson' ? {} : { type: 'string', description: says },
    },
  ]);
  const response = {
    description: json === undefined ? Object.values(types).join('; ') : `${json}.`,
    ...(Object.keys(headers).length > 0 && { headers: headersOf(headers) }),
    content: {
      ...(json !== undefined && { 'application/json': { schema: refTo(json) } }),
      ...Object.fromEntries(others),
    },
  };
  return { [status]: response };
}

/** One response for each status; its codes say why. */
function failuresOf(
  role: (typeof RIGHTS)[Route],
  { fails = [] }: Operation,
): DocumentedOperation['responses'] {
  const codes = new Map<number, ErrorCode[]>();
  for (const code of new Set([...fails, ...(role === 'anyone' ? ANYONE_FAILS : CALLER_FAILS)]))
    codes.set(STATUS[code], [...(codes.get(STATUS[code]) ?? []), code]);
  return Object.fromEntries(
    [...codes].map(([status, all]) => [
      status,
      {
        description: all.join(', '),
        ...(WAITS.includes(status) && { headers: headersOf({ 'Retry-After': 'seconds to wait' }) }),
        content: { 'application/json': { schema: refTo('Failure') } },
      },
    ]),
  );
}

function headersOf(headers: Readonly<Record<string, string>>) {
  const all = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return Object.fromEntries(all);
}
