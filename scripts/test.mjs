// `npm test`: set-up with what the tests need besides, then the tests; further arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setUp } from './setup.mjs';

const root = join(import.meta.dirname, '..');

await setUp({
  media: true,
  extras: {
    mosquitto: 'mosquitto',
    mosquitto_sub: 'mosquitto-clients',
    curl: 'curl',
    '/usr/lib/python3/dist-packages/requests/__init__.py': 'python3-requests',
  },
});
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'summary-reporter.mjs')}`];
const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
