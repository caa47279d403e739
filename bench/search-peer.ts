import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repositoryRoot } from '../test/support/engine.ts';

/** What the benches use of npm usearch; distances of the inner product are 1 - similarity. */
export interface Usearch {
  readonly MetricKind: { readonly IP: string };
  readonly exactSearch: (
    rows: Float32Array,
    probes: Float32Array,
    dimension: number,
    count: number,
    metric: string,
    threads: number,
  ) => Found;
  readonly Index: new (options: {
    metric: string;
    dimensions: number;
    connectivity: number;
    expansion_add: number;
    expansion_search: number;
  }) => {
    add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
    search(probes: Float32Array, count: number, threads: number): Found;
  };
}

interface Found {
  readonly keys: BigUint64Array;
  readonly distances: Float32Array;
}

/** Loads usearch from bench/search-peers, where it is installed first if need be. */
export function loadUsearch(): Usearch {
  const folder = join(repositoryRoot, 'bench/search-peers');
  if (!existsSync(join(folder, 'node_modules/usearch'))) {
    process.stderr.write('installing the peers of the search bench ...\n');
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new Error(`npm ci in ${folder} ended with code ${status}.`);
  }
  return createRequire(join(folder, 'package.json'))('usearch') as Usearch;
}
