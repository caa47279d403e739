import { Hono } from 'hono';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';

/** A backup on the daemon's machine. */
export interface ApiBackup {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Of all its files. */
  readonly bytes: number;
  /** Names the master key that it takes. */
  readonly keyId: string;
}

/** Backups in a folder of the daemon's own: nothing of them ever leaves over the network, and no path comes in. */
export interface ApiBackups {
  /** Makes one and reads it again. Throws `overloaded` while another is made, `storage_full`. */
  make(by: string): Promise<ApiBackup>;
  /** Newest first. */
  list(): readonly ApiBackup[];
}

/** The route /api/v1/backup: POST makes a backup of the whole store, GET lists them. Tells nothing of what is in them: they hold all customers. */
export function backupRoutes({ backups }: Pick<ApiDependencies, 'backups'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.post('/', async c =>
    c.json({ status: 'success', ...backupAnswer(await backups.make(c.get('caller').by)) }, 201),
  );
  app.get('/', c => c.json({ backups: backups.list().map(backupAnswer) }));
  return app;
}

function backupAnswer({ name, createdAt, bytes, keyId }: ApiBackup) {
  return { name, created_at: createdAt, bytes, key_id: keyId };
}
