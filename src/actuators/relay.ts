import type { RelayConfig } from '../config/sections/actuator.ts';
import type { Logger } from '../platform/logger.ts';
import type { Actuator } from './actuator.ts';
import { isFreshGrant } from './fresh-grant.ts';

/** A command to a relay, which must be there at once or never; `expiresAt` in milliseconds since the epoch. */
export interface RelayCommand {
  readonly topic: string;
  readonly payload: string;
  readonly expiresAt: number;
  readonly allowWithoutExpiry: boolean;
}

/** The way to the relay; tells what became of the command, `sent` where the broker has it. */
export interface RelayLine {
  command(command: RelayCommand): Promise<string>;
}

/** A relay that is sent its command for each fresh grant, once; a command that cannot be sent at once is told of in the log and forgotten. */
export function createRelay(parts: {
  config: RelayConfig;
  line: RelayLine;
  now: () => number;
  log: Logger;
}): Actuator {
  const { line, now, log } = parts;
  const { topic, payload, allowWithoutExpiry } = parts.config;
  return {
    async act(decision) {
      if (!isFreshGrant(decision, now())) return;
      const { door, seq, expires_at } = decision;
      const expiresAt = Date.parse(expires_at);
      const outcome = await line.command({ topic, payload, expiresAt, allowWithoutExpiry });
      if (outcome === 'sent') log.info({ door, seq }, 'The relay was sent its command.');
      else
        log.warn(
          { door, seq, outcome },
          'The command for the relay could not be sent at once and was dropped.',
        );
    },
  };
}
