import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { UnstampedEvent } from '../../src/domain/event.ts';
import type { FaceCrop, Image } from '../../src/domain/image.ts';
import { openOutbox } from '../../src/events/outbox.ts';
import { createSnapshots } from '../../src/events/snapshots.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { deleteChange, newPersonChange } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';

const ada = newPersonChange('ada');
const FACE: Image = { format: 'rgb24', width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
const CROP: FaceCrop = () => FACE;
const JPEG = Buffer.from('a JPEG');

function unstamped(person?: typeof ada.person): UnstampedEvent {
  const { schema: _schema, event_id: _id, seq: _seq, node: _node, ...event } = eventOf(0, person);
  return event as UnstampedEvent;
}

/** Snapshots over a store in memory; each encoding waits until it is let go. */
async function keeper(policy: { known: boolean; unknown: boolean }) {
  const store = createMemoryStore();
  await store.apply(ada);
  const waiting: { done(): void; fail(error: Error): void }[] = [];
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: line => void lines.push(line) });
  const outbox = openOutbox({
    table: store.outbox,
    node: 'door',
    ids: () => 'id',
    limits: { maxRows: 1000, maxBytes: 1e9, maxAgeHours: 1e6 },
    now: Date.now,
    log,
  });
  const snapshots = createSnapshots({
    outbox,
    table: store.snapshots,
    policy,
    encode: () =>
      new Promise((resolve, reject) => {
        waiting.push({ done: () => resolve(JPEG), fail: reject });
      }),
    log,
  });
  const encodeAll = () => {
    for (const one of waiting.splice(0)) one.done();
  };
  return { store, outbox, snapshots, waiting, lines, encodeAll };
}

describe('the snapshots of events', () => {
  it.each([
    [{ known: false, unknown: false }, []],
    [{ known: true, unknown: false }, [1]],
    [{ known: false, unknown: true }, [2]],
    [{ known: true, unknown: true }, [1, 2]],
  ])('are kept of persons and of strangers as it is asked for: %o', async (policy, wanted) => {
    const { store, snapshots, encodeAll } = await keeper(policy);
    await snapshots.add(unstamped(ada.person), CROP);
    await snapshots.add(unstamped(), CROP);
    await snapshots.add(unstamped(ada.person));
    encodeAll();
    await snapshots.close();
    expect([1, 2, 3].filter(seq => store.snapshots.get(seq) !== undefined)).toEqual(wanted);
    const told = store.outbox.read(0, 9).filter(event => 'snapshot' in event);
    expect(told.map(event => 'snapshot' in event && event.snapshot)).toEqual(
      wanted.map(seq => `/api/v1/events/${seq}/snapshot.jpg`),
    );
    expect(snapshots.dropped()).toBe(0);
  });

  it('keep no event waiting, and are waited for by who asks for one', async () => {
    const { store, snapshots, encodeAll } = await keeper({ known: true, unknown: false });
    const event = await snapshots.add(unstamped(ada.person), CROP);
    expect([event?.seq, store.snapshots.get(1)]).toEqual([1, undefined]);
    const asked = snapshots.read(1);
    encodeAll();
    expect(await asked).toEqual(JPEG);
    expect(await snapshots.read(2)).toBeUndefined();
  });

  it('are dropped where too many wait, counted and told of once; no event is', async () => {
    const { store, snapshots, waiting, lines, encodeAll } = await keeper({ known: true, unknown: false });
    for (let i = 0; i < 20; i++) await snapshots.add(unstamped(ada.person), CROP);
    const events = store.outbox.read(0, 99);
    expect(events.map(event => 'snapshot' in event)).toEqual([
      ...Array.from({ length: 16 }, () => true),
      ...Array.from({ length: 4 }, () => false),
    ]);
    expect([waiting.length, snapshots.dropped(), lines.length]).toEqual([16, 4, 1]);
    encodeAll();
    await snapshots.close();
    expect(store.snapshots.count()).toBe(16);
    await snapshots.add(unstamped(ada.person), CROP);
    expect(waiting).toHaveLength(1);
  });

  it('are dropped where one cannot be made, and told of anew once one was kept again', async () => {
    const { snapshots, waiting, lines } = await keeper({ known: true, unknown: false });
    const take = async (end: 'done' | 'fail') => {
      await snapshots.add(unstamped(ada.person), CROP);
      waiting.shift()![end](new Error('no libvips'));
      await snapshots.close();
    };
    for (const end of ['fail', 'fail', 'done', 'fail'] as const) await take(end);
    expect([snapshots.dropped(), lines.length]).toEqual([3, 2]);
    expect(lines[0]).toContain('no libvips');
  });

  it('are cut only where they are to be kept, before the picture goes back', async () => {
    const { store, snapshots, encodeAll } = await keeper({ known: true, unknown: false });
    let cut = 0;
    const crop: FaceCrop = () => {
      cut++;
      return FACE;
    };
    const added = [snapshots.add(unstamped(), crop)];
    expect(cut).toBe(0);
    for (let i = 1; i <= 17; i++) {
      added.push(snapshots.add(unstamped(ada.person), crop));
      expect(cut).toBe(Math.min(i, 16));
    }
    await Promise.all(added);
    encodeAll();
    await snapshots.close();
    expect(store.snapshots.count()).toBe(16);
  });

  it('are dropped where the picture is gone already, and the event says that there is none', async () => {
    const { snapshots, lines } = await keeper({ known: true, unknown: false });
    const event = await snapshots.add(unstamped(ada.person), () => undefined);
    expect(event).not.toHaveProperty('snapshot');
    expect([snapshots.dropped(), lines.length]).toEqual([1, 1]);
    expect(lines[0]).toContain('picture_gone');
  });

  it('are not kept of who was deleted while one was made, and that is no loss', async () => {
    const { store, snapshots, encodeAll } = await keeper({ known: true, unknown: false });
    await snapshots.add(unstamped(ada.person), CROP);
    await store.apply(deleteChange(ada.person.id));
    encodeAll();
    await snapshots.close();
    expect([store.snapshots.count(), snapshots.dropped()]).toEqual([0, 0]);
    expect(await snapshots.add(unstamped(ada.person), CROP)).toBeUndefined();
    await snapshots.close();
  });

  it('hold no place where their event could not be written', async () => {
    const { store, snapshots, waiting } = await keeper({ known: true, unknown: false });
    const { append } = store.outbox;
    const refusing = async () => Promise.reject(new Error('full'));
    Object.assign(store.outbox, { append: refusing });
    for (let i = 0; i < 40; i++)
      await expect(snapshots.add(unstamped(ada.person), CROP)).rejects.toThrow('full');
    Object.assign(store.outbox, { append });
    await snapshots.add(unstamped(ada.person), CROP);
    expect([waiting.length, snapshots.dropped()]).toEqual([1, 0]);
  });
});
