import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { storeKey } from '../../config/store-key.ts';
import { StartupError } from '../../domain/errors.ts';
import { acquireInstanceLock } from '../../platform/instance-lock.ts';
import { silentLogger } from '../../platform/logger.ts';
import { assertReadable } from '../../store/pages/precheck.ts';
import { openStore } from '../../store/store.ts';
import type { Terminal } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Whether a daemon has the store in `dir` open. */
export async function isDaemonRunning(dir: string): Promise<boolean> {
  if (!existsSync(dir)) return false;
  try {
    const lock = await acquireInstanceLock(dir);
    await lock.close();
    return false;
  } catch (error) {
    return error instanceof StartupError;
  }
}

/** The master key: that it is there, and nobody else's. */
export function checkKey(dir: string, { env }: Terminal): Finding {
  const { file, credential } = storeKey(dir, env);
  if (credential !== undefined) return ok('key', 'The master key is the credential FACEGATE_STORE_KEY.');
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined)
    return existsSync(join(dir, 'data.mdb'))
      ? fail(
          'key',
          `There is a store but no master key: put ${file} back, or supply the credential FACEGATE_STORE_KEY.`,
        )
      : ok('key', 'There is none yet: the first start makes it.');
  if ((status.mode & 0o077) !== 0)
    return warn('key', `Others may read the master key: run "chmod 600 ${file}".`);
  return ok('key', `${file}, readable by its owner only; keep a copy on another machine.`);
}

/** The store: every page where no daemon writes it, the key, who owns the files, and whether anybody has a token. */
export async function checkStore(dir: string, terminal: Terminal, isRunning: boolean): Promise<Finding> {
  const file = join(dir, 'data.mdb');
  if (!existsSync(file) && !existsSync(join(dir, 'persons.keys')))
    return ok('store', `There is none in ${dir} yet: the first start makes it.`);
  try {
    assertReadable(file, { pages: !isRunning });
    const store = await openStore({
      dir,
      log: silentLogger,
      onFatal: () => terminal.die(70),
      key: storeKey(dir, terminal.env),
      access: 'beside',
    });
    try {
      const now = Date.now();
      const valid = store.tokens
        .list()
        .filter(
          ({ revokedAt, expiresAt = Number.POSITIVE_INFINITY }) => revokedAt === undefined && expiresAt > now,
        );
      const foreign = strangersIn(dir);
      if (foreign.length > 0)
        return fail(
          'store',
          `${foreign.join(', ')} in ${dir} belong to another user than the folder: run "chown -R --reference=${dir} ${dir}".`,
        );
      const facts = { folder: dir, tokens: valid.length, daemon: isRunning };
      if (valid.length === 0)
        return warn(
          'store',
          `${dir} is intact, but nobody has a token: make one with "facegate token create".`,
          { facts },
        );
      const who = isRunning ? 'a daemon has it open' : 'every page was read, no daemon has it open';
      return ok('store', `${dir} is intact: ${who}; ${valid.length} valid tokens.`, { facts });
    } finally {
      await store.close();
    }
  } catch (error) {
    return fail('store', (error as Error).message);
  }
}

/** Files that another user made, as a restore by root does: the daemon could not open them. */
function strangersIn(dir: string): string[] {
  const { uid } = statSync(dir);
  return readdirSync(dir).filter(name => statSync(join(dir, name), { throwIfNoEntry: false })?.uid !== uid);
}
