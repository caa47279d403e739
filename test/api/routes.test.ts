import { describe, expect, it } from 'vitest';
import { openApiDocument, placeOf } from '../../src/api/openapi/document.ts';
import { OPERATIONS } from '../../src/api/openapi/operations.ts';
import { RIGHTS, type Route } from '../../src/api/rights.ts';
import { createRestApp } from '../support/rest-clients/rest-app.ts';

describe('the routes that are served', async () => {
  const { routes } = await createRestApp();
  const served = routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`)
    .sort();

  it('have each a row in the rights table, which has no other', () => {
    expect(Object.keys(RIGHTS).sort()).toEqual(served);
  });

  it('are described each, and no other', () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(served);
    const { paths } = openApiDocument();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method} ${path}`),
    );
    const places = served
      .map(route => placeOf(route as Route))
      .map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(places.sort());
  });
});
