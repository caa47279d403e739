import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runOnSmallDisk } from '../test/support/small-disk.ts';
import { makeIntactStore, openDamaged, randomFlips } from '../test/support/store-damage.ts';
import { type Fault, runWithFault } from '../test/support/store-fault.ts';
import { sumOf, tortureStores } from '../test/support/store-torture.ts';
import { removeFolder, temporaryFolder } from '../test/support/temporary-store.ts';
import { giveUp, progress } from './report.ts';

/**
 * Proves the store against faults: kills its process `--kills` times; fails each system call up to the n-th (`--faults`), changes random bytes
 * (`--flips`), fills disks (`--disks`). Ends with 1 where anything was lost, torn or brought back, or a start took longer than 3 s.
 * The last line is {"kills","acked","lost","torn","resurrected"}.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    faults: { type: 'string', default: '0' },
    flips: { type: 'string', default: '0' },
    disks: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const [kills, faults, flips] = [values.kills, values.faults, values.flips].map(Number);
const LANES = 2;
const LONGEST_START_MS = 3000;
const SEED = 20_261_124;
const MEBIBYTE = 2 ** 20;

const torture = programFile('store-torture-child.js');
const problems: string[] = [];
const say = (line: string): void => {
  if (!values.json) process.stdout.write(`${line}\n`);
};

if (faults > 0) await failCalls().catch(giveUp);
if (flips > 0) await flipBytes().catch(giveUp);
if (values.disks) fillDisks();
await kill().catch(giveUp);
process.exitCode = problems.length > 0 ? 1 : 0;

async function kill(): Promise<void> {
  let done = 0;
  const report = progress('kills');
  const onKill = () => report(++done, kills);
  const share = (lane: number) => Math.floor((kills + lane) / LANES);
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    tortureStores({ child: torture, kills: share(lane), onKill }),
  );
  const result = sumOf(await Promise.all(lanes));
  const { acknowledged: acked, lost, torn, resurrected } = result;
  problems.push(...lost, ...torn, ...resurrected);
  const starts = result.starts.map(Math.round).sort((a, b) => a - b);
  const slow = starts.filter(ms => ms > LONGEST_START_MS);
  if (slow.length > 0) problems.push(`${slow.length} starts took more than ${LONGEST_START_MS} ms: ${slow}`);
  const at = (share: number) => starts[Math.floor(share * (starts.length - 1))] ?? 0;
  say(
    `${result.kills} kills, ${acked} changes acknowledged, ${result.matches} searches, ${result.rotations} rotations of the key; ` +
      `audit chain intact each time; start: median ${at(0.5)}, p99 ${at(0.99)}, slowest ${at(1)} ms`,
  );
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const counts = { lost: lost.length, torn: torn.length, resurrected: resurrected.length };
  process.stdout.write(`${JSON.stringify({ kills: result.kills, acked, ...counts })}\n`);
}

async function failCalls(): Promise<void> {
  const kinds = [
    ['pwrite64', 'data.mdb'],
    ['writev', 'data.mdb'],
    ['fdatasync', 'data.mdb'],
    ['pwrite64', 'persons.keys'],
    ['fdatasync', 'persons.keys'],
  ] as const;
  const left: Fault[] = Array.from({ length: faults }, (_, at) => at + 1).flatMap(n =>
    kinds.map(([call, file]) => ({ call, file, errno: 'EIO' as const, n })),
  );
  const all = left.length;
  const report = progress('failing calls');
  const ends = new Map<string, number>();
  const lane = async () => {
    for (let fault = left.shift(); fault !== undefined; fault = left.shift()) {
      const result = await runWithFault(torture, fault);
      problems.push(...result.faults.map(text => `${fault?.call} ${fault?.n} of ${fault?.file}: ${text}`));
      ends.set(String(result.end), (ends.get(String(result.end)) ?? 0) + 1);
      report(all - left.length, all);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  say(
    `${all} failing calls, ended with ${JSON.stringify(Object.fromEntries(ends))}; ${problems.length} problems`,
  );
}

async function flipBytes(): Promise<void> {
  const reader = [process.execPath, programFile('store-reader-child.js')] as [string, string];
  const intact = await makeIntactStore(reader);
  const { wrong, ...counts } = await openDamaged(intact, randomFlips(intact, flips, SEED), reader);
  removeFolder(intact.dir);
  problems.push(...wrong);
  say(`random bytes changed: ${JSON.stringify({ ...counts, wrong: wrong.length })}`);
}

function fillDisks(): void {
  const child = programFile('store-full-disk-child.js');
  for (const fileSystem of ['tmpfs', 'ext4'] as const)
    for (const mode of ['watched', 'blind'] as const) {
      const folder = temporaryFolder();
      const arguments_ = [child, folder, mode, String(16 * MEBIBYTE)];
      const { status, stdout, stderr } = runOnSmallDisk(arguments_, { folder, megabytes: 160, fileSystem });
      if (status !== 0) problems.push(`${fileSystem} ${mode}: ended with ${status} ${stderr}`);
      say(`full disk, ${fileSystem}, ${mode}: ${stdout.trim() || stderr.trim()}`);
      for (const path of [folder, `${folder}.image`]) removeFolder(path);
    }
}

function programFile(name: string): string {
  return fileURLToPath(new URL(`../test/support/${name}`, import.meta.url));
}
