import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import type { ApiEnv } from '../environment.ts';
import { openApiDocument } from './document.ts';
import { referencePage, STYLE } from './page.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** What the page may load: nothing, but its own style. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The routes /api/v1/openapi.json and /api/v1/docs: the reference for programs and for people, made when it is first asked for. */
export function openApiRoutes(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  let made: { json: string; page: string } | undefined;

  const reference = () => {
    if (made === undefined) {
      const document = openApiDocument();
      made = { json: JSON.stringify(document), page: referencePage(document) };
    }
    return made;
  };

  app.get('/openapi.json', c => c.body(reference().json, 200, { 'content-type': 'application/json' }));
  app.get('/docs', c => {
    c.header('content-security-policy', POLICY);
    return c.html(reference().page);
  });
  return app;
}
