import type { DoorDecision } from '../domain/event.ts';

/** Something that decisions at one door are told to. */
export interface Actuator {
  /** Takes in a decision that was made just now; resolves when it is done with it, never rejects. */
  act(decision: DoorDecision): Promise<void>;
}
