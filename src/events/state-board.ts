/** One live connection as the board sees it. */
export interface StateLink {
  send(topic: string, payload: string, done: (error?: unknown) => void): void;
}

/** The newest payload of every retained topic, so that a broker that was away, or is new, learns all of them. */
export interface StateBoard {
  /** Keeps the payload and sends it if there is a connection; a payload that is as before is not sent again. */
  set(topic: string, payload: string): void;
  /** Sends everything. */
  attach(link: StateLink): void;
  detach(): void;
}

interface Entry {
  payload: string;
  fresh: boolean;
  underWay: boolean;
}

/** An empty board. At most one message per topic is under way: what changes meanwhile is sent once, in its newest form. */
export function createStateBoard(): StateBoard {
  const entries = new Map<string, Entry>();
  let link: StateLink | undefined;

  function send(topic: string, entry: Entry): void {
    if (link === undefined || entry.fresh || entry.underWay) return;
    const over = link;
    entry.fresh = true;
    entry.underWay = true;
    over.send(topic, entry.payload, () => {
      if (over !== link) return;
      entry.underWay = false;
      send(topic, entry);
    });
  }

  return {
    set(topic, payload) {
      const entry = entries.get(topic) ?? { payload: '', fresh: false, underWay: false };
      if (entry.payload === payload) return;
      entry.payload = payload;
      entry.fresh = false;
      entries.set(topic, entry);
      send(topic, entry);
    },
    attach(next) {
      link = next;
      for (const [topic, entry] of entries) {
        entry.fresh = false;
        entry.underWay = false;
        send(topic, entry);
      }
    },
    detach() {
      link = undefined;
    },
  };
}
