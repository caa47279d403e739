import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../config/paths.ts';
import { StartupError } from '../domain/errors.ts';
import type { Terminal } from './terminal.ts';

/** `facegate demo`: the demo of a source checkout, where there is one. */
export function addDemoCommand(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .description('show recognition on two simulated cameras (source checkout only)')
    .option('--once', 'end when a known and an unknown person were announced')
    .option('--json', 'print events as JSON lines')
    .addHelpText('after', '\nExample:\n  facegate demo --once --json')
    .action(async (options: { once?: boolean; json?: boolean }) => {
      const demo = join(packageRoot(), 'dist', 'scripts', 'demo', 'main.js');
      if (!existsSync(demo))
        throw new StartupError('The demo needs a source checkout: run "npm run demo" there.', {
          exitCode: 1,
        });
      const flags = Object.entries(options).flatMap(([name, set]) => (set ? [`--${name}`] : []));
      const child = spawn(process.execPath, [demo, ...flags], { stdio: 'inherit' });
      terminal.stopped.addEventListener('abort', () => child.kill('SIGTERM'));
      const code = await new Promise<number>(resolve => child.once('close', status => resolve(status ?? 1)));
      if (code !== 0) throw new StartupError(`The demo ended with code ${code}.`, { exitCode: code });
    });
}
