import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tortureBroker } from '../support/broker-torture.ts';

const child = join(import.meta.dirname, '../../dist/test/support/event-source-child.js');

it('a broker that is away, and killed as is the daemon, loses no event, and nobody is handed a grant late', async () => {
  const result = await tortureBroker({ child, events: 300, perSecond: 100, daemonKills: 3, brokerKills: 2 });
  expect(result).toMatchObject({ lost: [], lateGrants: 0, outOfOrder: 0, daemonKills: 3, brokerKills: 2 });
  expect(result.delivered).toBe(result.events);
  expect(result.duplicates).toBeLessThanOrEqual(7 * (64 + 20));
  // Only what was decided with the broker there opened the door; what had waited for it came as a denial.
  expect(result.opened).toBeGreaterThan(0);
  expect(result.refused).toMatchObject({ not_a_decision: result.stale });
});
