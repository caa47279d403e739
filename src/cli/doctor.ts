import type { Command } from 'commander';
import { stateDir } from '../config/paths.ts';
import { FacegateError } from '../domain/errors.ts';
import { type Finding, fail, findingLine, ok } from './doctor/finding.ts';
import { checkClock, checkDisk, checkFfmpeg, checkModels, checkNode } from './doctor/machine.ts';
import { checkBroker, checkCameras, checkRest } from './doctor/network.ts';
import { checkKey, checkStore, isDaemonRunning } from './doctor/store.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** `facegate doctor`: looks at everything that the daemon needs, beside a daemon that may be running. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('check everything that the daemon needs, and say what to do about each finding')
    .option('--json', 'one JSON document instead of text')
    .option('--no-cameras', 'do not connect to the cameras')
    .addHelpText(
      'after',
      `
It changes nothing, and may run beside the daemon; each camera then has one client more for two seconds. To the broker it sends one
message, which is not kept, on <baseTopic>/<node>/doctor. Run it as the user of the daemon or as root, with the daemon's credentials.
Exit code 1: something does not work.

Examples:
  facegate doctor
  facegate doctor --json | jq '.findings[] | select(.status != "ok")'`,
    )
    .action(async (options: { json?: boolean; cameras: boolean }, command: Command) => {
      const findings: Finding[] = [];
      for await (const finding of examine(command, terminal, options.cameras)) {
        findings.push(finding);
        if (!options.json) terminal.print(findingLine(finding));
      }
      const count = (status: Finding['status']) => findings.filter(found => found.status === status).length;
      const [broken, poor] = [count('fail'), count('warn')];
      if (options.json)
        terminal.print(JSON.stringify({ healthy: broken === 0, failed: broken, warned: poor, findings }));
      if (broken > 0)
        throw new FacegateError(
          'not_ready',
          `${broken} of ${findings.length} checks failed: do what they say, from the top.`,
        );
      if (!options.json) terminal.print(poor > 0 ? `Nothing is broken; ${poor} to look at.` : 'All is well.');
    });
}

/** The checks in the order in which they should be mended. */
async function* examine(command: Command, terminal: Terminal, cameras: boolean): AsyncGenerator<Finding> {
  yield checkNode();
  const { finding, ffmpeg } = await checkFfmpeg(terminal);
  yield finding;
  const loaded = await readConfig(command, terminal).catch((error: Error) => error);
  if (loaded instanceof Error) {
    yield fail('config', `${loaded.message}; the checks that depend on it were left out.`);
    return;
  }
  const { config } = loaded;
  const { length } = config.cameras;
  yield ok('config', `Good: node ${config.node}, ${length} camera(s), ${config.doors.length} door(s).`);
  yield await checkModels(config, terminal);
  const dir = stateDir(config, terminal.env);
  const isRunning = await isDaemonRunning(dir);
  yield checkDisk(dir);
  yield checkKey(dir, terminal);
  yield await checkStore(dir, terminal, isRunning);
  yield await checkClock(dir);
  yield await checkRest(config, isRunning);
  yield await checkBroker(config, isRunning);
  if (!cameras || ffmpeg === undefined) return;
  yield* await checkCameras(config, ffmpeg, terminal);
}
