import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository. */
export const root = join(import.meta.dirname, '../..');

export function place(base, path, content, mode = 0o644) {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), content, { mode });
}

export function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
}

export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

export function git(...args) {
  return existsSync(join(root, '.git'))
    ? execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
    : String(Math.floor(Date.now() / 1000));
}

export function run(command, args, cwd = root) {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

export function say(text) {
  process.stderr.write(`[package] ${text}\n`);
}
