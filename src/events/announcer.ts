/** One live connection as an announcer sees it. */
export interface AnnouncerLink {
  /** Sends a retained message; `done` gets an error where the broker refuses it, and is never called once the connection is over. */
  retain(topic: string, payload: string, done: (refusal?: unknown) => void): void;
  /** `refused` is called where the broker does not allow it. */
  subscribe(filter: string, refused: (refusal: unknown) => void): void;
}

/** A message that came in by a subscription of an announcer. */
export interface Incoming {
  readonly topic: string;
  readonly payload: string;
  /** Whether the broker had kept it from before the subscription. */
  readonly retain: boolean;
}

/** Works over a connection that has just been made; what comes in by the subscriptions of any announcer goes into the function that is returned. */
export type Announcer = (link: AnnouncerLink) => (message: Incoming) => void;

/** Sends retained messages over the connection, one at a time and of each topic the newest; `refused` is told of each that the broker refuses. */
export function createRetainQueue(
  link: Pick<AnnouncerLink, 'retain'>,
  refused: (topic: string) => void,
): (topic: string, payload: string) => void {
  const waiting = new Map<string, string>();
  let isUnderWay = false;

  function sendNext(): void {
    const [next] = waiting;
    if (isUnderWay || next === undefined) return;
    const [topic, payload] = next;
    waiting.delete(topic);
    isUnderWay = true;
    link.retain(topic, payload, refusal => {
      isUnderWay = false;
      if (refusal !== undefined) refused(topic);
      sendNext();
    });
  }

  return (topic, payload) => {
    waiting.set(topic, payload);
    sendNext();
  };
}
