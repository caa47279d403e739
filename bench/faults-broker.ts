import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tortureBroker } from '../test/support/broker-torture.ts';
import { giveUp, progress } from './report.ts';

/**
 * A broker that is away for as long as `--events` take at two a second (`--rate` times faster here), while the daemon's part is killed
 * `--kills` times; the broker is killed `--broker-kills` times as it comes back. Ends with 1 where an event was lost or came before an older
 * one of its camera, there were more duplicates than the windows allow, memory grew, a grant came late or a door opened for one.
 * The last line is {"events","delivered","lost","duplicates","late_grants"}.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '7200' },
    rate: { type: 'string', default: '50' },
    kills: { type: 'string', default: '10' },
    'broker-kills': { type: 'string', default: '12' },
  },
});
const [events, rate, daemonKills, brokerKills] = [
  values.events,
  values.rate,
  values.kills,
  values['broker-kills'],
].map(Number);
const EVENTS_PER_SECOND = 2;
/** Our window and mosquitto's own towards its subscriber. */
const DUPLICATES_PER_RECONNECT = 64 + 20;
const MOST_GROWTH_MB = 40;

const result = await tortureBroker({
  child: fileURLToPath(new URL('../test/support/event-source-child.js', import.meta.url)),
  events,
  perSecond: EVENTS_PER_SECOND * rate,
  daemonKills,
  brokerKills,
  onProgress: progress('events'),
}).catch(giveUp);

const { delivered, lost, duplicates, lateGrants, outOfOrder, rss } = result;
const growth = rss.late - rss.early;
const problems = [
  lost.length > 0 && `lost: seq ${lost.slice(0, 20).join(', ')}`,
  outOfOrder > 0 && `${outOfOrder} events came before an older one of their camera`,
  duplicates > (daemonKills + brokerKills + 2) * DUPLICATES_PER_RECONNECT && `${duplicates} duplicates`,
  growth > MOST_GROWTH_MB && `memory grew by ${growth.toFixed(0)} MB`,
  lateGrants > 0 && `${lateGrants} grants came late`,
].filter(problem => problem !== false);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

process.stdout.write(
  `${daemonKills} kills of the daemon, ${brokerKills} of the broker; memory with the broker away ${rss.early.toFixed(0)} MB, later ` +
    `${rss.late.toFixed(0)} MB; ${result.stale} decisions came as stale, the controller opened ${result.opened} times and refused ` +
    `${JSON.stringify(result.refused)}\n`,
);
process.stdout.write(
  `${JSON.stringify({ events: result.events, delivered, lost: lost.length, duplicates, late_grants: lateGrants })}\n`,
);
