import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../../src/domain/errors.ts';
import { openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { isStoreFailure } from '../../src/store/lmdb/environment.ts';
import { openStore } from '../../src/store/store.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from './people.ts';
import { say } from './say.ts';

/**
 * Uses the gallery of the store in argv[2] without end: changes four persons at a time, searches, and rotates the key now and then. Writes
 * to standard output a JSON line before each change and one when it has been acknowledged. Ends with 0 when everything was refused, with 78 where the store cannot be opened, with
 * 70 after a failed commit: at once like the daemon, or with argv[4] `linger` a little later, and then tells what is refused until then.
 */
const [, , dir, run = '0', lingering] = process.argv;
const SLOTS = 4;
const PERSONS_PER_SLOT = 6;
const ROTATION_PAUSE_MS = 60;
const LINGER_MS = 1000;
let isEnding = false;

const stop = (failure: Error) => {
  say({ fatal: isStoreFailure(failure.cause) });
  isEnding = true;
  if (lingering !== 'linger') process.exit(70);
  setTimeout(() => process.exit(70), LINGER_MS);
};
process.on('unhandledRejection', reason => say({ unhandled: isStoreFailure(reason) }));

const store = await openStore({
  dir: dir!,
  log: silentLogger,
  onFatal: stop,
  space: () => ({ free: 1e12, total: 1e12 }),
}).catch(refuse);
const gallery = await openGallery({
  store,
  embedderId: MODEL,
  maxImages: 5,
  policy: enrollmentPolicy(),
  log: silentLogger,
});
let count = 0;
/** Persons whose deletion was acknowledged. */
const gone = new Set<string>();
/** Seeds of templates that are or were in the gallery. */
const seeds = [...store.templates.all()].map(({ norm }) => norm);
say({ ready: true });
const changing = Array.from({ length: SLOTS }, (_, slot) => untilRefused(changeForEver(slot)));
void untilRefused(matchForEver());
void untilRefused(rotateForEver());
await Promise.all(changing);
if (!isEnding) process.exit(0);

async function untilRefused(work: Promise<void>): Promise<void> {
  await work.catch(({ code }: { code: string }) => say({ refused: code }));
}

function refuse(error: unknown): never {
  if (!(error instanceof StartupError)) throw error;
  say({ unopened: error.message });
  process.exit(error.exitCode);
}

async function changeForEver(slot: number): Promise<void> {
  for (;;) {
    const customerPersonId = `p${slot}-${Math.floor(Math.random() * PERSONS_PER_SLOT)}`;
    const person = gallery.find('c', customerPersonId);
    const full = person !== undefined && person.images.length >= 5;
    const draw = Math.random();
    if (person && (full || draw < 0.25)) await removePerson(customerPersonId, person.id);
    else if (person && draw < 0.5) await rename(customerPersonId, `${run}-${count++}`);
    else await enroll(customerPersonId, Math.floor(Math.random() * 1e9));
  }
}

async function removePerson(id: string, personId: string): Promise<void> {
  say({ begin: 'remove', id });
  await gallery.remove('c', id);
  gone.add(personId);
  say({ done: 'remove', id, personId });
}

async function rename(id: string, firstName: string): Promise<void> {
  say({ begin: 'rename', id, firstName });
  const { person } = await gallery.update({
    customerId: 'c',
    customerPersonId: id,
    profile: { firstName },
    mode: 'replace',
  });
  say({ done: 'rename', id, personId: person.id, firstName });
}

/** The norm holds the seed of the vector, so that a reader can tell whether both belong together. */
async function enroll(id: string, seed: number): Promise<void> {
  say({ begin: 'enroll', id, seed });
  const { person } = await gallery.enroll({
    customerId: 'c',
    customerPersonId: id,
    profile: {},
    image: { name: 'x.jpg', extension: 'jpg' },
    template: { embedding: embeddingOf(seed), norm: seed },
  });
  seeds.push(seed);
  say({ done: 'enroll', id, personId: person.id, seed });
}

async function matchForEver(): Promise<void> {
  for (;;) {
    await sleep(1);
    const seed = seeds[Math.floor(Math.random() * seeds.length)];
    if (seed === undefined) continue;
    const { best } = await gallery.search('c', embeddingOf(seed));
    say({ matched: best?.similarity ?? 0 });
    if (best && gone.has(best.personId)) say({ undead: best.personId });
    const person = best && gallery.get(best.personId);
    if (!person) continue;
    const { customerId, customerPersonId } = person;
    const act = {
      act: 'match',
      by: 'camera:test',
      customerId,
      customerPersonIds: [customerPersonId],
    } as const;
    await store.audit.record([{ ...act, at: Date.now() }]);
  }
}

async function rotateForEver(): Promise<void> {
  for (;;) {
    await sleep(Math.random() * ROTATION_PAUSE_MS);
    say({ rotated: (await store.rotateKey('cli')).keyId });
  }
}
