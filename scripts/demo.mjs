// `npm run demo`: set-up, then the demo with the same arguments.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setUp } from './setup.mjs';

await setUp({ media: true });
const program = join(import.meta.dirname, '..', 'dist', 'scripts', 'demo', 'main.js');
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('close', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
