import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openHistory } from '../../src/daemon/history.ts';
import type { FaceEvent } from '../../src/domain/event.ts';
import { flipped, tamper } from '../support/store-files.ts';
import { eventOf } from '../support/stored-events.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

it('a damaged event of the past is told of once, however often it is passed over', async () => {
  const dir = temporaryFolder();
  let store = await openStoreIn(dir);
  for (let i = 0; i < 3; i++) await store.outbox.append(seq => eventOf(seq));
  await store.close();
  await tamper(dir, 'history', async ([, { key, value }], table) => table.put(key, flipped(value)));

  store = await openStoreIn(dir);
  const lines: string[] = [];
  const log = pino({ level: 'error' }, { write: line => void lines.push(line) });
  const listeners = new Set<(event: FaceEvent) => void>();
  const subscribe = (listener: (event: FaceEvent) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const history = openHistory({ store, outbox: { subscribe }, log });
  for (let i = 0; i < 2; i++)
    expect(history.page({ after: 0, limit: 9 }).events.map(({ seq }) => seq)).toEqual([1, 3]);
  expect(lines.map(line => (JSON.parse(line) as { seq: number }).seq)).toEqual([2]);
  expect(lines[0]).toContain('damaged record (history)');

  let news = 0;
  const leave = history.subscribe(() => void news++);
  for (const tell of listeners) tell(eventOf(4));
  leave();
  expect([news, listeners.size, history.lastSeq()]).toEqual([1, 0, 3]);
  await store.close();
  removeFolder(dir);
});
