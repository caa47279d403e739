import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../../src/api/error-table.ts';
import { type DocumentedOperation, openApiDocument } from '../../../src/api/openapi/document.ts';
import { RIGHTS } from '../../../src/api/rights.ts';
import { call, createRestApp } from '../../support/rest-clients/rest-app.ts';

const document = openApiDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    route: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);
const routeOf = (route: string) => route.replaceAll(/\{(\w+)\}/g, ':$1');
const of = (route: string): DocumentedOperation =>
  operations.find(operation => operation.route === route)!.operation;

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document) as never);
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(validator.version).toBe('3.1');
  });

  it('asks for a token and names the role where the rights table does', () => {
    for (const { route, operation } of operations) {
      const role = RIGHTS[routeOf(route) as keyof typeof RIGHTS];
      const said = role === 'anyone' ? 'Needs no token.' : `Needs the role ${role}.`;
      expect(operation.description).toContain(said);
      expect(operation['x-role']).toBe(role);
      expect(operation.security).toEqual(role === 'anyone' ? [] : [{ token: [] }]);
      expect(Object.hasOwn(operation.responses, '401')).toBe(role !== 'anyone');
    }
  });

  it('points at nothing that is not there', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
    for (const name of Object.keys(document.components.schemas))
      expect(text).toContain(`"#/components/schemas/${name}"`);
  });

  it('names every parameter that a path has', () => {
    for (const { route, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter(parameter => parameter.in === 'path');
      const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(inPath.map(({ name }) => name)).toEqual(names);
    }
  });

  it('has one id for each operation', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(operations.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]\w+[a-z]$/);
  });

  it('knows every code of a failure, and under which status it comes', () => {
    const { properties } = document.components.schemas.Failure as {
      properties: { code: { enum: string[] } };
    };
    expect(properties.code.enum).toEqual(Object.keys(STATUS));
    const { responses } = of('POST /miicloud/person');
    expect(responses['409']!.description).toBe('face_conflict');
    expect(responses['400']!.description).toContain('no_face');
  });

  it('says what is validated: bounds of a query, fields of a body, what must be there', () => {
    const limit = of('GET /miicloud/person').parameters!.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({ required: false, schema: { type: 'integer', minimum: 1, maximum: 1000 } });
    const receipt = of('GET /api/v1/erasures/verify').parameters!.find(({ name }) => name === 'receipt');
    expect(receipt).toMatchObject({ required: true, schema: { type: 'string', maxLength: 256 } });
    const { content } = of('POST /miicloud/person').requestBody!;
    expect(Object.keys(content)).toEqual(['multipart/form-data', 'application/json']);
    expect(content['application/json']!.schema).toMatchObject({
      required: ['customer_person_id', 'image_path'],
      properties: { customer_person_id: { minLength: 1, maxLength: 128 }, deny: { type: 'boolean' } },
    });
    const token = of('POST /api/v1/tokens').requestBody!.content['application/json']!.schema;
    expect(token).toMatchObject({ required: ['role'], additionalProperties: false });
  });

  it('shows no event with what a door could be opened with', () => {
    const { DoorDecision } = document.components.schemas as Record<string, { properties: object }>;
    expect(DoorDecision!.properties).toHaveProperty('decision');
    expect(DoorDecision!.properties).not.toHaveProperty('signature');
    expect(DoorDecision!.properties).not.toHaveProperty('unlock_ms');
  });

  it('is served to anyone, as it is', async () => {
    const app = await createRestApp();
    const { status, json, response } = await call(app, 'GET', '/api/v1/openapi.json', {
      headers: { authorization: '' },
    });
    expect(status).toBe(200);
    expect(json).toEqual(document);
    expect(response.headers.get('content-type')).toBe('application/json');
  });
});

describe('the reference as a page', () => {
  const load = async () => {
    const app = await createRestApp();
    const headers = { authorization: '', accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const response = await app.request('/api/v1/docs', { headers });
    return { response, html: await response.text() };
  };

  it('shows every operation and every schema', async () => {
    const { response, html } = await load();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    for (const { operation } of operations) expect(html).toContain(`<details id="${operation.operationId}">`);
    for (const name of Object.keys(document.components.schemas))
      expect(html).toContain(`<details id="${name}">`);
  });

  it('runs and loads nothing, and its policy forbids both', async () => {
    const { response, html } = await load();
    expect(html).not.toMatch(/<script|\bon\w+=|<link|<img|<iframe|\bsrc=|style="|https?:|url\(|@import/i);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /);
    expect(policy).not.toContain('unsafe');
  });

  it('leads nowhere but to itself and the document', async () => {
    const { html } = await load();
    const targets = [...html.matchAll(/href="([^"]*)"/g)].map(([, target]) => target!);
    expect(targets).toContain('openapi.json');
    const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => `#${id}`));
    for (const target of targets) if (target !== 'openapi.json') expect(ids).toContain(target);
  });
});
