import { Hono } from 'hono';
import type { ApiDependencies, MigrationProgress } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import type { AnswerOf } from './openapi/schemas.ts';

/** The route /api/v1/gallery/migrate: POST begins (or goes on with) the migration of the caller's gallery to the present embedder, GET tells how far it is. */
export function migrationRoutes({ migration }: Pick<ApiDependencies, 'migration'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.post('/', c => c.json(migrationAnswer(migration.start(c.get('caller').customerId)), 202));
  app.get('/', c => c.json(migrationAnswer(migration.status(c.get('caller').customerId))));
  return app;
}

function migrationAnswer({
  state,
  reason,
  persons,
  templates,
  needsEnrollment,
}: MigrationProgress): AnswerOf<'Migration'> {
  return {
    status: 'success',
    state,
    ...(reason !== undefined && { reason }),
    persons,
    templates: {
      migrated: templates.migrated,
      not_kept: templates.notKept,
      unreadable: templates.unreadable,
      refused: templates.refused,
    },
    needs_enrollment: needsEnrollment,
  };
}
