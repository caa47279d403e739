import type { JsonSchema } from '../../domain/event-schema.ts';
import type { DocumentedOperation, OpenApiDocument, Parameter } from './document.ts';
import { roleOf } from './reference-rows.ts';
import { kindOf, propertiesOf } from './schema-words.ts';

/** The style of the page; nothing else is loaded. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --get: #0a7d33; --post: #1257b8; --put: #a35a00; --delete: #b3261e; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem 1.5rem 4rem; }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; }
h1 { margin-bottom: 0; } h2 { margin: 2.5rem 0 0.5rem; border-bottom: 1px solid var(--line); }
nav a { margin-right: 1rem; } a { color: inherit; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0; }
summary { cursor: pointer; display: flex; gap: 0.75rem; align-items: baseline; padding: 0.4rem 0.75rem; flex-wrap: wrap; }
summary .does { flex: 1; min-width: 16rem; } summary .role { opacity: 0.75; font-size: 0.875em; }
details > div { border-top: 1px solid var(--line); padding: 0.25rem 0.75rem 0.75rem; overflow-x: auto; }
.method { font-weight: 700; width: 4rem; } .get { color: var(--get); } .post { color: var(--post); }
.put, .patch { color: var(--put); } .delete { color: var(--delete); }
@media (prefers-color-scheme: dark) { :root { --get: #5fd08a; --post: #82b4ff; --put: #f0b260; --delete: #ff8a80; } }
h3 { font-size: 1em; margin: 0.75rem 0 0.25rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.75rem 0.2rem 0; }
tr + tr td { border-top: 1px solid var(--soft); } th { font-weight: 600; }
`;

/** The document as one page of HTML that needs no script and loads nothing. */
export function referencePage(document: OpenApiDocument): string {
  const { info, tags, components } = document;
  const all = operationsOf(document);
  const sections = tags.map(({ name }) => {
    const own = all.filter(({ operation }) => operation.tags.includes(name));
    return `<h2 id="${idOf(name)}">${escaped(name)}</h2>${own.map(operationHtml).join('')}`;
  });
  const schemas = Object.entries(components.schemas).map(schemaHtml);
  const links = [...tags.map(({ name }) => name), 'Schemas'].map(
    name => `<a href="#${idOf(name)}">${escaped(name)}</a>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}: REST reference</title><style>${STYLE}</style></head>
<body>
<h1>${escaped(info.title)}</h1>
<p>${marked(info.description)}</p>
<p>Every call but those marked <em>none</em> needs the header <code>Authorization: Token &lt;40 hex digits&gt;</code>.
For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${escaped(document.openapi)}).</p>
<nav>${links.join('')}</nav>
${sections.join('\n')}
<h2 id="${idOf('Schemas')}">Schemas</h2>
${schemas.join('')}
</body>
</html>
`;
}

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentedOperation;
}

function operationsOf({ paths }: OpenApiDocument): Placed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

function operationHtml({ method, path, operation }: Placed): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  return `<details id="${operationId}"><summary><span class="method ${method}">${method.toUpperCase()}</span>
<code>${escaped(path)}</code><span class="does">${marked(summary)}</span><span class="role">${roleOf(operation)}</span></summary><div>
<p>${marked(description)}</p>${parametersHtml(parameters)}${bodyHtml(requestBody)}${responsesHtml(responses)}
</div></details>`;
}

function parametersHtml(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, in: place, required, schema, description = '' }) => [
    `<code>${escaped(name)}</code>`,
    `${place}${required ? ', required' : ''}`,
    kindHtml(schema),
    marked(description),
  ]);
  return rows.length === 0 ? '' : `<h3>Parameters</h3>${table(['name', 'in', 'kind', 'meaning'], rows)}`;
}

/** Forms and JSON take the same fields, so the first kind of content stands for all. */
function bodyHtml(body: DocumentedOperation['requestBody']): string {
  if (body === undefined) return '';
  const types = Object.keys(body.content);
  const { schema } = body.content[types[0]!]!;
  return `<h3>Body${body.required ? '' : ' (may be left out)'}: ${types.map(escaped).join(' or ')}</h3>${propertiesHtml(schema)}`;
}

function responsesHtml(responses: DocumentedOperation['responses']): string {
  const rows = Object.entries(responses).map(([status, { description, content }]) => [
    status,
    Object.entries(content)
      .map(([type, { schema }]) => `${escaped(type)} ${'$ref' in schema ? kindHtml(schema) : ''}`)
      .join('<br>'),
    escaped(description),
  ]);
  return `<h3>Answers</h3>${table(['status', 'content', 'meaning'], rows)}`;
}

function schemaHtml([name, schema]: [string, JsonSchema]): string {
  return `<details id="${name}"><summary><code>${name}</code></summary><div>${propertiesHtml(schema)}</div></details>`;
}

function propertiesHtml(schema: JsonSchema): string {
  const rows = propertiesOf(schema).map(({ name, kind, required, description }) => [
    `<code>${escaped(name)}</code>`,
    kindLinked(kind),
    required ? 'yes' : '',
    marked(description),
  ]);
  if (rows.length === 0) return `<p>${kindHtml(schema)}</p>`;
  return table(['name', 'kind', 'always', 'meaning'], rows);
}

function kindHtml(schema: JsonSchema): string {
  return kindLinked(kindOf(schema));
}

/** Names of schemas, which begin with a capital letter, lead to them. */
function kindLinked(kind: string): string {
  return escaped(kind).replaceAll(/(?<![&\w])[A-Z]\w+/g, name => `<a href="#${name}">${name}</a>`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map(cell => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map(row => line(row, 'td')).join('')}</table>`;
}

function idOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}

/** Text with what stands between backticks as code. */
function marked(text: string): string {
  return escaped(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
