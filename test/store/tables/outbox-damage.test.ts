import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createPump } from '../../../src/events/pump.ts';
import { testOutbox } from '../../events/publishing.ts';
import { flipped, tamper } from '../../support/store-files.ts';
import { eventOf } from '../../support/stored-events.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

it('a damaged event is told of once and never sent, and those after it are', async () => {
  const dir = temporaryFolder();
  let store = await openStoreIn(dir);
  for (let i = 0; i < 12; i++) await store.outbox.append(seq => eventOf(seq));
  await store.close();
  // Six in a row are more than the window below.
  await tamper(dir, 'outbox', async (rows, table) => {
    for (const { key, value } of rows.slice(1, 7)) await table.put(key, flipped(value));
  });

  store = await openStoreIn(dir);
  expect(() => store.outbox.read(0, 100)).toThrow(/damaged record \(outbox\)/);
  const lines: string[] = [];
  const log = pino({ level: 'error' }, { write: line => void lines.push(line) });
  const outbox = testOutbox({ table: store.outbox, log });
  const pump = createPump({ outbox, log });
  const sent: number[] = [];
  const link = {
    window: 2,
    send: ({ seq }: { seq: number }, done: () => void) => {
      sent.push(seq);
      setImmediate(done);
    },
  };
  pump.attach(link);
  await expect.poll(() => outbox.count()).toBe(6);
  pump.detach();
  pump.attach(link);
  await pump.drain();
  expect(sent).toEqual([1, 8, 9, 10, 11, 12]);
  expect(lines.map(line => (JSON.parse(line) as { seq: number }).seq)).toEqual([2, 3, 4, 5, 6, 7]);
  expect(outbox.damaged()).toBe(6);
  await store.close();
  removeFolder(dir);
});
