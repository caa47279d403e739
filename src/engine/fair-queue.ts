/** Jobs of several owners, each of whom is to get the same share of the workers' time; holds no timers and starts nothing. */
export interface FairQueue<T> {
  readonly length: number;
  add(owner: string, job: T): void;
  /** Puts a job back in front of its owner's. */
  putBack(owner: string, job: T): void;
  /** Takes the oldest job of the owner who has had the least. */
  next(): T | undefined;
  /** Takes up to `most` jobs that `alike` accepts, in the order in which `next` would give them if nothing was charged meanwhile. */
  take(alike: (job: T) => boolean, most: number): T[];
  /** Writes to the owner's account what was done for it, in milliseconds. */
  charge(owner: string, ms: number): void;
  /** Takes all, oldest first of each owner. */
  drain(): T[];
}

/**
 * How far an owner may fall behind without losing his claim, in milliseconds of work: one asks, thinks about the answer and asks again, and must
 * not lose each of those moments to another who always has a job waiting.
 */
const CREDIT_MS = 100;

interface Account<T> {
  jobs: T[];
  /** Milliseconds had, or forgiven for the time in which nothing was asked for. */
  spent: number;
}

/**
 * Start-time fair queueing in which the cost is written down afterwards, since nobody knows it before. Who asks for little waits for the job
 * under way and for others like him; who was away gets little credit for it, and who had the workers for himself owes nobody anything.
 * Source: Goyal, Vin, Cheng 1996.
 */
export function createFairQueue<T>(): FairQueue<T> {
  /** In the order in which their owners began to wait. */
  const accounts = new Map<string, Account<T>>();
  /** What the owner served last had spent before: the level to which others rise when they come back. */
  let level = 0;

  const accountOf = (owner: string): Account<T> => {
    const known = accounts.get(owner);
    if (known !== undefined) return known;
    const account: Account<T> = { jobs: [], spent: level - CREDIT_MS };
    accounts.set(owner, account);
    return account;
  };

  /** Those who wait, the one who had least first; of equals the one who came first. */
  const inOrder = (): Account<T>[] =>
    [...accounts.values()].filter(({ jobs }) => jobs.length > 0).sort((a, b) => a.spent - b.spent);

  return {
    get length() {
      return [...accounts.values()].reduce((sum, { jobs }) => sum + jobs.length, 0);
    },
    add(owner, job) {
      const account = accountOf(owner);
      if (account.jobs.length === 0) {
        account.spent = Math.max(account.spent, level - CREDIT_MS);
        accounts.delete(owner);
        accounts.set(owner, account);
      }
      account.jobs.push(job);
    },
    putBack(owner, job) {
      accountOf(owner).jobs.unshift(job);
    },
    next() {
      const [first] = inOrder();
      if (first === undefined) return undefined;
      level = Math.max(level, first.spent);
      return first.jobs.shift();
    },
    take(alike, most) {
      const taken = inOrder()
        .flatMap(({ jobs }) => jobs.filter(alike))
        .slice(0, Math.max(0, most));
      for (const account of accounts.values())
        account.jobs = account.jobs.filter(job => !taken.includes(job));
      return taken;
    },
    charge(owner, ms) {
      accountOf(owner).spent += ms;
    },
    drain() {
      const all = [...accounts.values()].flatMap(({ jobs }) => jobs);
      for (const account of accounts.values()) account.jobs = [];
      return all;
    },
  };
}
