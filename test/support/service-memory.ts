import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './engine.ts';

const unit = readFileSync(join(repositoryRoot, 'systemd/facegate.service'), 'utf8');
const settings = [...unit.matchAll(/(?<=^Environment=.*)\b(MALLOC_\w+)=(\S+)/gm)];

/** What the unit of systemd tells malloc, by the names of the environment. */
export const SERVICE_MEMORY: Readonly<Record<string, string>> = Object.fromEntries(
  settings.map(([, name, value]) => [name, value]),
);

/** What it tells node before the program's name. */
export const SERVICE_NODE_OPTIONS: readonly string[] = /^ExecStart=\S+((?: --\S+)*)/m
  .exec(unit)![1]!
  .split(' ')
  .filter(Boolean);
