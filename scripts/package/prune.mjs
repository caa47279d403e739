import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { filesIn, run } from './tools.mjs';

/** Removes from `node_modules` what is never run: types, sources, pages, tests, settings of tools. Licences stay. */
export function prune(modules) {
  for (const file of filesIn(modules)) if (isNotRun(relative(modules, file))) rmSync(file);
  run('find', [modules, '-type', 'd', '-empty', '-delete']);
}

function isNotRun(path) {
  const inPackage = path.replace(/^(.*\/)?node_modules\//, '').replace(/^@[^/]+\//, '');
  return (
    /\.musl\.node$|\.d\.[cm]?ts$|\.map$|\.(cc?|cpp|h|gyp|html|sln)$/.test(path) ||
    // Only a package's top folder: further down `doc` may be code.
    /^[^/]+\/(tests?|benchmarks?|coverage|docs?|examples?)\//.test(inPackage) ||
    /^[^/]+\/(.*\/)?\.[^/]/.test(inPackage)
  );
}
