/** A message to a device that acts on whatever comes, such as a relay. */
export interface Command {
  readonly topic: string;
  readonly payload: string;
  /** Nobody may be handed it later, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Send it also through a broker that cannot drop it in time: one of MQTT 3.1.1 keeps it for whoever is away. */
  readonly allowWithoutExpiry: boolean;
}

/** What became of a command; only `sent` has reached the broker for sure. */
export type CommandOutcome = 'sent' | 'offline' | 'late' | 'no_expiry' | 'refused' | 'unanswered';

/** The connection that is there now. */
export interface CommandLink {
  /** Whether its broker drops messages that have expired. */
  readonly hasExpiry: boolean;
  /** Calls `done` once the broker has the message, or with why it refused; never where the connection ends before. */
  send(command: Command, expirySeconds: number, done: (error?: unknown) => void): void;
  /** Ends the connection; what the system has not sent yet is thrown away. */
  cut(): void;
}

/** Brokers count in whole seconds: with the shortest expiry, mosquitto 2.0 hands on for up to one second more. */
const EXPIRY_SECONDS = 1;
const BROKER_MS = 2000;
/** For how long a broker may be waited for at least, and at most. */
const LEAST_MS = 200;
const MOST_MS = 2000;

/**
 * Sends a command at once or not at all. The broker must have taken it early enough to drop it in time; while it has not, the bytes may
 * lie in the buffers of a connection that is interrupted, from where they would be sent whenever it comes back: so it is cut.
 */
export function sendCommand(
  link: CommandLink | undefined,
  command: Command,
  now: number,
): Promise<CommandOutcome> {
  if (link === undefined) return Promise.resolve('offline');
  const patience = Math.min(MOST_MS, command.expiresAt - BROKER_MS - now);
  if (!(patience >= LEAST_MS)) return Promise.resolve('late');
  if (!link.hasExpiry && !command.allowWithoutExpiry) return Promise.resolve('no_expiry');
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      link.cut();
      resolve('unanswered');
    }, patience);
    link.send(command, EXPIRY_SECONDS, error => {
      clearTimeout(timer);
      resolve(error === undefined ? 'sent' : 'refused');
    });
  });
}
