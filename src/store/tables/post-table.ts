import { FacegateError } from '../../domain/errors.ts';
import type { DoorDecision, FaceEvent } from '../../domain/event.ts';
import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { sequenceKey } from '../records/key.ts';
import { createSealing } from '../records/sealed-record.ts';

/** A decision that a webhook is to be told of; without the person, who stands in the history of events under `seq`. */
export interface WaitingPost {
  readonly seq: number;
  readonly event_id: string;
  readonly door: string;
  readonly customer: string;
  readonly decision: DoorDecision['decision'];
}

/** One that no webhook took. */
export interface UndeliveredPost extends WaitingPost {
  /** ISO 8601. */
  readonly given_up_at: string;
  /** How often it was posted since the daemon started. */
  readonly attempts: number;
  /** What went wrong the last time, or why it was not tried again. */
  readonly failure: string;
}

/** Decisions on their way to webhooks; writes are durable when resolved. */
export interface PostBook {
  /** Oldest first. */
  waiting(): WaitingPost[];
  /** Oldest first; the newest 200. */
  undelivered(): UndeliveredPost[];
  done(seq: number): Promise<void>;
  /** Keeps why it is posted no more; nothing where it does not wait. */
  giveUp(seq: number, end: Pick<UndeliveredPost, 'given_up_at' | 'attempts' | 'failure'>): Promise<void>;
  /** Forgets undelivered ones; how many they were. */
  forget(seqs: readonly number[]): Promise<number>;
}

/** The table as the outbox needs it. */
export interface PostTable extends PostBook {
  /** Notes a decision at a door that has a webhook; only inside a transaction. */
  add(event: FaceEvent): void;
}

const TABLE = 'posts';
const MOST_UNDELIVERED = 200;

/** Table `posts` (seq -> sealed `WaitingPost` or `UndeliveredPost`) for the doors of these ids. */
export function openPostTable(
  environment: Environment,
  secrets: Secrets,
  doors: ReadonlySet<string>,
): PostTable {
  const posts = environment.table(TABLE);
  const sealing = createSealing(TABLE);

  const put = (post: WaitingPost | UndeliveredPost): void => {
    const key = sequenceKey(post.seq);
    posts.put(key, sealing.sealJson(key, secrets.recordKey, post));
  };

  const open = (key: Buffer, record: Buffer): WaitingPost | UndeliveredPost | undefined => {
    try {
      return sealing.openJson(key, secrets.recordKey, record);
    } catch (error) {
      // The event itself is in the outbox and in the history.
      if (error instanceof FacegateError) return undefined;
      throw error;
    }
  };

  const all = () => [...posts.entries()].flatMap(({ key, value }) => open(key, value) ?? []);
  const undelivered = () => all().filter(isUndelivered);

  return {
    waiting: () => all().filter(post => !isUndelivered(post)),
    undelivered,
    done: seq => environment.write(() => posts.remove(sequenceKey(seq))),
    giveUp: (seq, end) =>
      environment.write(() => {
        const key = sequenceKey(seq);
        const record = posts.get(key);
        const post = record && open(key, record);
        if (post === undefined) return;
        put({ ...post, ...end });
        for (const { seq: oldest } of undelivered().slice(0, -MOST_UNDELIVERED))
          posts.remove(sequenceKey(oldest));
      }),
    forget: seqs =>
      environment.write(() => {
        const known = new Set(undelivered().map(({ seq }) => seq));
        const gone = seqs.filter(seq => known.has(seq));
        for (const seq of gone) posts.remove(sequenceKey(seq));
        return gone.length;
      }),
    add: event => {
      if (event.type !== 'door_decision' || !doors.has(event.door)) return;
      const { seq, event_id, door, customer, decision } = event;
      put({ seq, event_id, door, customer, decision });
    },
  };
}

function isUndelivered(post: WaitingPost | UndeliveredPost): post is UndeliveredPost {
  return 'given_up_at' in post;
}
