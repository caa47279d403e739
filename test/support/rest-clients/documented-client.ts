import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DocumentedOperation, OpenApiDocument } from '../../../src/api/openapi/document.ts';

/** What a call is made with; where the document knows no such parameter, the call is refused here. */
export interface CallOptions {
  readonly token?: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** One of the media types of the operation's body; the first one unless told. */
  readonly as?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that fits its schema. */
export interface CheckedAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each operation answers something else, and its schema was checked
  readonly json?: any;
}

/** A client that knows nothing of the API but its document, and checks each answer by it. */
export interface DocumentedClient {
  readonly operations: readonly string[];
  /** What was called so far, as `<operationId> <status>`. */
  readonly called: ReadonlySet<string>;
  /** Throws where the answer has a status, a media type or a field that the document does not tell of, or lacks one that it promises. */
  call(operationId: string, options?: CallOptions): Promise<CheckedAnswer>;
  /** Throws where the value does not fit the schema of this name. */
  check(name: string, value: unknown): void;
}

/** Bytes of an answer without an end that are looked at. */
const ENOUGH_BYTES = 200;

/** A client of the API at `url` by the document that it serves. */
export async function connectByDocument(url: string): Promise<DocumentedClient> {
  const document = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as OpenApiDocument;
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: { schemas: closed(document.components.schemas) } });
  ajv.addKeyword('components');
  const all = operationsOf(document);
  const called = new Set<string>();

  const validatorOf = (name: string): ValidateFunction => {
    const validate = ajv.getSchema(`document#/components/schemas/${name}`);
    if (!validate) throw new Error(`The document has no schema ${name}.`);
    return validate;
  };

  const check = (name: string, value: unknown): void => {
    const validate = validatorOf(name);
    if (validate(value)) return;
    throw new Error(`${name}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 500)}`);
  };

  return {
    operations: [...all.keys()],
    called,
    check,
    call: async (operationId, options = {}) => {
      const found = all.get(operationId);
      if (!found) throw new Error(`The document has no operation ${operationId}.`);
      const response = await fetch(...requestOf(url, found, options));
      const { status, headers } = response;
      const type = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim();
      called.add(`${operationId} ${status}`);
      const documented = found.operation.responses[status];
      if (!documented) throw new Error(`${operationId} answered ${status}: ${await response.text()}`);
      const content = documented.content[type];
      if (!content) throw new Error(`${operationId} answered ${status} with "${type}".`);
      const text = await textOf(response, type);
      const answer = { status, type, headers, text };
      if (type !== 'application/json') return answer;
      const json: unknown = JSON.parse(text);
      const { $ref } = content.schema as { $ref?: string };
      if ($ref !== undefined) check($ref.slice($ref.lastIndexOf('/') + 1), json);
      return { ...answer, json };
    },
  };
}

interface Found {
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentedOperation;
}

function operationsOf({ paths }: OpenApiDocument): Map<string, Found> {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return new Map(all.map(found => [found.operation.operationId, found]));
}

function requestOf(
  url: string,
  { method, path, operation }: Found,
  options: CallOptions,
): [URL, RequestInit] {
  const { token, query = {}, accept, headers = {} } = options;
  const known = new Set((operation.parameters ?? []).map(({ in: place, name }) => `${place} ${name}`));
  const assertKnown = (place: string, names: string[]) => {
    for (const name of names)
      if (!known.has(`${place} ${name}`))
        throw new Error(`${operation.operationId} knows no ${place} ${name}.`);
  };
  assertKnown('path', Object.keys(options.path ?? {}));
  assertKnown('query', Object.keys(query));
  assertKnown('header', Object.keys(headers));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(options.path?.[name] ?? ''),
  );
  const target = new URL(filled, url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, String(value));
  const body = options.body && bodyOf(operation, options.body, options.as);
  const init: RequestInit = {
    method,
    headers: {
      ...headers,
      ...(token !== undefined && operation.security?.length !== 0 && { authorization: `Token ${token}` }),
      ...(accept !== undefined && { accept }),
      ...(body && !(body instanceof FormData) && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  };
  return [target, init];
}

function bodyOf(
  { operationId, requestBody }: DocumentedOperation,
  fields: Readonly<Record<string, unknown>>,
  as = Object.keys(requestBody?.content ?? {})[0],
): FormData | string {
  const schema = requestBody?.content[as ?? '']?.schema as
    | { properties: object; required?: string[] }
    | undefined;
  if (!schema) throw new Error(`${operationId} takes no body as ${as}.`);
  for (const name of Object.keys(fields))
    if (!Object.hasOwn(schema.properties, name)) throw new Error(`${operationId} knows no field ${name}.`);
  if (as === 'application/json') return JSON.stringify(fields);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (value instanceof Uint8Array) form.set(name, new Blob([new Uint8Array(value)]), 'photo.jpg');
    else form.set(name, String(value));
  return form;
}

/** All of it, or of what has no end of its own the beginning. */
async function textOf(response: Response, type: string): Promise<string> {
  if (type !== 'text/event-stream' && !type.startsWith('multipart/')) return response.text();
  const reader = response.body!.getReader();
  let text = '';
  while (text.length < ENOUGH_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    text += Buffer.from(value).toString('latin1');
  }
  await reader.cancel();
  return text;
}

/** The same schemas, but objects hold nothing that is not in them: clients may meet new fields, a test of the document may not. */
function closed<T>(schema: T): T {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed) as T;
  const all = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isOpen = all.type === 'object' && 'properties' in all && !('additionalProperties' in all);
  return (isOpen ? { ...all, additionalProperties: false } : all) as T;
}
