import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Hono } from 'hono';
import type { ApiEnv } from '../environment.ts';
import { documentInSteps } from './document.ts';
import { referencePage, STYLE } from './page.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** What the page may load: nothing, but its own style. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The routes /api/v1/openapi.json and /api/v1/docs: the reference for programs and for people, made when it is first asked for. */
export function openApiRoutes(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  let made: ReturnType<typeof make> | undefined;
  const reference = () => {
    made ??= make();
    return made;
  };

  app.get('/openapi.json', async c =>
    c.body((await reference()).json, 200, { 'content-type': 'application/json' }),
  );
  app.get('/docs', async c => {
    c.header('content-security-policy', POLICY);
    return c.html((await reference()).page);
  });
  return app;
}

async function make(): Promise<{ json: string; page: string }> {
  const steps = documentInSteps();
  let step = steps.next();
  while (!step.done) {
    await setImmediate();
    step = steps.next();
  }
  return { json: JSON.stringify(step.value), page: referencePage(step.value) };
}
