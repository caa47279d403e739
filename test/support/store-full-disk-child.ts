import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { FacegateError } from '../../src/domain/errors.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from './people.ts';
import { eventOf } from './stored-events.ts';

/**
 * Fills the file system at argv[2], a small one of its own, while it enrolls into a store there, and prints what came of it as one JSON
 * line. argv[3] is `watched`, or `blind` for a store that does not look at the free space: it has nothing but its block reserve. argv[4] is the
 * size of that reserve in bytes. Ends with 70 when a commit has failed.
 */
const [, , disk, mode, reserve] = process.argv as [string, string, string, 'watched' | 'blind', string];
const dir = join(disk, 'state');
const filler = join(disk, 'filler');
const BLIND_ENROLLMENTS = 150;
const LANES = 4;

process.on('unhandledRejection', () => process.exit(71));
const roomy = () => ({ free: 1e12, total: 1e12 });

let { store, gallery } = await open();
let count = 0;
const enrolled = new Map<string, number>();
await enrollSome(40);
const told = mode === 'blind' ? await blind() : await watched();
await gallery.close();
await store.close();
({ store, gallery } = await open());
const found = [...store.persons.all()].map(({ customerPersonId }) => customerPersonId);
const isWhole =
  found.length === enrolled.size && found.every(id => enrolled.has(id)) && (await allAreFound(enrolled));
process.stdout.write(
  `${JSON.stringify({ ...told, isWhole, auditIsIntact: (await store.audit.verify()).intact })}\n`,
);
await gallery.close();
await store.close();

async function blind() {
  await fill();
  const free = freeBytes();
  await enrollSome(BLIND_ENROLLMENTS);
  return { free, enrolled: enrolled.size, freeAfter: freeBytes() };
}

async function watched() {
  const lanes = Array.from({ length: LANES }, enrollUntilRefused);
  await fill();
  const refusals = await Promise.all(lanes);
  const free = freeBytes();
  const before = new Map(enrolled);
  const matchGoesOn = await allAreFound(before);
  const [someone] = store.persons.all();
  const event = await codeOf(store.outbox.append(seq => eventOf(seq, someone)));
  const rotation = await codeOf(store.rotateKey('cli'));
  for (const [id] of [...before].slice(0, before.size / 2)) await remove(id);
  const deleted = [...before].filter(([id]) => !enrolled.has(id));
  const foundAfterwards = (await Promise.all(deleted.map(found))).filter(it => it).length;
  const stillFull = freeBytes();
  rmSync(filler);
  await enrollSome(20);
  const rotationAfterwards = await codeOf(store.rotateKey('cli'));
  return {
    refusals,
    free,
    matchGoesOn,
    event,
    rotation,
    rotationAfterwards,
    deleted: deleted.length,
    foundAfterwards,
    stillFull,
  };

  async function found([id, seed]: [string, number]) {
    return (await gallery.search('c', embeddingOf(seed))).best?.customerPersonId === id;
  }
}

async function open(): Promise<{ store: Store; gallery: Gallery }> {
  const log = silentLogger;
  const opened = await openStore({
    dir,
    log,
    onFatal: () => process.exit(70),
    reserveBytes: Number(reserve),
    ...(mode === 'blind' && { space: roomy }),
  });
  const policy = enrollmentPolicy();
  const options = { store: opened, embedderId: MODEL, maxImages: 5, policy, log };
  return { store: opened, gallery: await openGallery(options) };
}

async function enrollUntilRefused(): Promise<string> {
  for (;;) {
    const code = await codeOf(enrollSome(1));
    if (code !== 'done') return code;
  }
}

async function enrollSome(persons: number): Promise<void> {
  for (let i = 0; i < persons; i++) {
    const seed = ++count;
    await gallery.enroll({
      customerId: 'c',
      customerPersonId: `p${seed}`,
      profile: {},
      image: { name: 'x.jpg', extension: 'jpg' },
      template: { embedding: embeddingOf(seed), norm: seed },
    });
    enrolled.set(`p${seed}`, seed);
  }
}

async function remove(id: string): Promise<void> {
  await gallery.remove('c', id);
  enrolled.delete(id);
}

async function allAreFound(persons: ReadonlyMap<string, number>): Promise<boolean> {
  for (const [id, seed] of persons) {
    const { best } = await gallery.search('c', embeddingOf(seed));
    if (best?.customerPersonId !== id) return false;
  }
  return true;
}

/** Another process fills the disk to the last byte: first in large steps beside the writes, then what they have left. */
async function fill(): Promise<void> {
  await once(spawn('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M'], { stdio: 'ignore' }), 'close');
  spawnSync('sh', ['-c', 'cat /dev/zero >> "$0"', filler], { stdio: 'ignore' });
}

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof FacegateError) return error.code;
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
