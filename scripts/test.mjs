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
    // Sets the clock of a daemon.
    faketime: 'faketime',
    groff: 'groff-base',
    // Checks the unit; its systemd-notify is what the daemon speaks to systemd with.
    'systemd-analyze': 'systemd',
    // Fails system calls of the store.
    strace: 'strace',
    '/usr/lib/python3/dist-packages/requests/__init__.py': 'python3-requests',
    // The second RTSP server: its files lie elsewhere on each architecture, but for this one.
    '/usr/lib/python3/dist-packages/gi/__init__.py': 'python3-gi',
    ...Object.fromEntries(
      [
        'gir1.2-gst-rtsp-server-1.0',
        ...['base', 'good', 'ugly'].map(plugins => `gstreamer1.0-plugins-${plugins}`),
      ].map(name => [`/usr/share/doc/${name}/copyright`, name]),
    ),
  },
});
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'summary-reporter.mjs')}`];
const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
