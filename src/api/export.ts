import { Hono } from 'hono';
import type { Person, Template } from '../domain/person.ts';
import { consentAnswer, personAnswer } from './answers.ts';
import { bodyBytes } from './body-chunks.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { createExportSealer, type ExportEnd } from './export-seal.ts';
import { ExportBody, parse } from './fields.ts';
import { readJson } from './json-body.ts';

/** What an export needs beside the gallery. */
export interface ApiExports {
  templates(personId: string): readonly Template[];
  /** Writes the export down before any of it leaves; durable when resolved. */
  note(act: { at: number; by: string; customerId: string; templates: boolean }): Promise<void>;
}

const PAGE = 100;
const MAX_BODY_BYTES = 1024;
const TYPE = { 'content-type': 'application/x-ndjson' };

/** The route /api/v1/gallery/export: GET gives the profiles of the caller's persons as JSON lines, POST with a key also their templates, sealed line by line. */
export function exportRoutes(deps: Pick<ApiDependencies, 'gallery' | 'exports' | 'now'>): Hono<ApiEnv> {
  const { exports, now } = deps;
  const app = new Hono<ApiEnv>();

  app.get('/', async c => {
    const { by, customerId } = c.get('caller');
    await exports.note({ at: now(), by, customerId, templates: false });
    return c.body(streamOf(profileLines(deps, customerId)), 200, TYPE);
  });

  app.post('/', async c => {
    const { key } = parse(ExportBody, readJson(await bodyBytes(c.req.raw, MAX_BODY_BYTES)));
    const { by, customerId } = c.get('caller');
    await exports.note({ at: now(), by, customerId, templates: true });
    return c.body(streamOf(sealedLines(deps, customerId, Buffer.from(key, 'hex'))), 200, TYPE);
  });

  return app;
}

function* profileLines(deps: Pick<ApiDependencies, 'gallery'>, customerId: string): Generator<string> {
  for (const person of personsOf(deps, customerId)) yield JSON.stringify(profileOf(deps, person));
}

function* sealedLines(
  deps: Pick<ApiDependencies, 'gallery' | 'exports'>,
  customerId: string,
  key: Uint8Array,
): Generator<string> {
  const { header, seal } = createExportSealer(key);
  yield JSON.stringify(header);
  let persons = 0;
  for (const person of personsOf(deps, customerId)) {
    const names = new Map(person.images.map(({ templateId, name }) => [templateId, name]));
    const templates = deps.exports.templates(person.id).map(({ id, embedding, norm }) => ({
      image: names.get(id),
      model: embedding.modelId,
      norm,
      vector: littleEndian(embedding.vector).toString('base64'),
    }));
    yield seal({ ...profileOf(deps, person), templates });
    persons++;
  }
  const end: ExportEnd = { end: true, persons };
  yield seal(end);
}

/** As they are when each page is read: whoever is deleted meanwhile is left out. */
function* personsOf({ gallery }: Pick<ApiDependencies, 'gallery'>, customerId: string): Generator<Person> {
  for (let after: string | undefined, more = true; more; ) {
    const { persons, next } = gallery.list(customerId, {
      limit: PAGE,
      ...(after !== undefined && { after }),
    });
    for (const { customerPersonId } of persons) {
      const person = gallery.find(customerId, customerPersonId);
      if (person) yield person;
    }
    after = next;
    more = next !== undefined;
  }
}

function profileOf({ gallery }: Pick<ApiDependencies, 'gallery'>, person: Person) {
  return {
    ...personAnswer(person, gallery.needsEnrollment(person.id)),
    ...consentAnswer(gallery.consent(person.id)),
  };
}

/** Lines as they are read, so that neither memory nor the other work of the daemon suffers from a slow reader. */
function streamOf(lines: Generator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: async controller => {
      await new Promise(resolve => setImmediate(resolve));
      const { done, value } = lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${value}\n`));
    },
    cancel: () => void lines.return(undefined),
  });
}

function littleEndian(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes;
}
