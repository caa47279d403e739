import type { PostTable, UndeliveredPost, WaitingPost } from '../../src/store/tables/post-table.ts';

/** Decisions on their way to webhooks, in memory. */
export function createMemoryPosts(doors: ReadonlySet<string>): PostTable {
  const posts = new Map<number, WaitingPost | UndeliveredPost>();
  const isUndelivered = (post: WaitingPost): post is UndeliveredPost => 'given_up_at' in post;
  const undelivered = () => [...posts.values()].filter(isUndelivered).sort((a, b) => a.seq - b.seq);
  return {
    waiting: () => [...posts.values()].filter(post => !isUndelivered(post)),
    undelivered,
    done: async seq => void posts.delete(seq),
    giveUp: async (seq, end) => {
      const post = posts.get(seq);
      if (post) posts.set(seq, { ...post, ...end });
      for (const oldest of undelivered().slice(0, -200)) posts.delete(oldest.seq);
    },
    forget: async seqs => {
      const gone = undelivered().filter(({ seq }) => seqs.includes(seq));
      for (const { seq } of gone) posts.delete(seq);
      return gone.length;
    },
    add: event => {
      if (event.type !== 'door_decision' || !doors.has(event.door)) return;
      const { seq, event_id, door, customer, decision } = event;
      posts.set(seq, { seq, event_id, door, customer, decision });
    },
  };
}
