import type { Command } from 'commander';
import { stateDir } from '../config/paths.ts';
import { storeKey } from '../config/store-key.ts';
import { silentLogger } from '../platform/logger.ts';
import { openStore, type Store } from '../store/store.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** Opens the store that the configuration names, beside a daemon that may be running, for tokens and the audit log. Throws StartupError. */
export async function withStore<T>(
  command: Command,
  terminal: Terminal,
  act: (store: Store) => Promise<T>,
): Promise<T> {
  const { config } = await readConfig(command, terminal);
  const dir = stateDir(config, terminal.env);
  const store = await openStore({
    dir,
    log: silentLogger,
    onFatal: () => terminal.die(70),
    key: storeKey(dir, terminal.env),
    access: 'beside',
  });
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}
