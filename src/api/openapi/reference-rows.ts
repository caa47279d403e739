import type { DocumentedOperation, OpenApiDocument, Parameter } from './document.ts';

/** One call in the table of README. */
export interface ReferenceRow {
  /** Method, path and the names in the query. */
  readonly call: string;
  readonly role: string;
  readonly does: string;
}

/** The calls of a document, in its order. */
export function referenceRows({ paths, tags }: OpenApiDocument): ReferenceRow[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  return tags.flatMap(({ name }) =>
    all
      .filter(({ operation }) => operation.tags.includes(name))
      .map(({ method, path, operation }) => ({
        call: `${method.toUpperCase()} ${path}${queryOf(operation.parameters)}`,
        role: roleOf(operation),
        does: operation.summary,
      })),
  );
}

/** The least role that an operation needs, or "none". */
export function roleOf({ 'x-role': role }: DocumentedOperation): string {
  return role === 'anyone' ? 'none' : role;
}

function queryOf(parameters: readonly Parameter[] = []): string {
  const names = parameters.filter(({ in: place }) => place === 'query').map(({ name }) => `${name}=`);
  return names.length === 0 ? '' : `?${names.join('&')}`;
}
