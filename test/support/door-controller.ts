import mqtt from 'mqtt';
import { doorKey, type Refusal, refusalOf } from '../../src/access/signature.ts';

/** Why a message did not open the door; beyond what the signature, the times and `seq` say. */
export type ControllerRefusal = Refusal | 'unreadable' | 'retained';

/** What a controller must know of its door. */
export interface ControllerOptions {
  readonly node: string;
  readonly door: string;
  /** `doors[].key` of the node. */
  readonly secret: string;
  /** Its clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The greatest `seq` that it has opened for, where it was restarted. */
  readonly lastSeq?: number;
}

/** A reference for controllers of doors: it opens only for a signed, fresh and new grant. */
export interface DoorController {
  /** The topic that it listens to. */
  readonly topic: string;
  /** Takes in a message of that topic; tells why the door stays shut, nothing where it opens. */
  hear(payload: Uint8Array | string, isRetained: boolean): ControllerRefusal | undefined;
  /** `seq` of each grant that it has opened for, in order. */
  opened(): readonly number[];
  /** How many messages it did not open for, by reason. */
  refused(): Readonly<Partial<Record<ControllerRefusal, number>>>;
}

/** A controller that no broker is connected with. */
export function createDoorController(options: ControllerOptions): DoorController {
  const { node, door, secret, now, lastSeq = 0 } = options;
  const key = doorKey(secret, node, door);
  const opened: number[] = [];
  const refused: Partial<Record<ControllerRefusal, number>> = {};

  const judge = (payload: Uint8Array | string, isRetained: boolean): ControllerRefusal | number => {
    if (isRetained) return 'retained';
    const message = read(payload);
    if (message === undefined) return 'unreadable';
    const newest = opened.at(-1) ?? lastSeq;
    return refusalOf(message, { key, node, door, now: now(), lastSeq: newest }) ?? message.seq;
  };

  return {
    topic: `facegate/${node}/door/${door}/decision`,
    hear(payload, isRetained) {
      const answer = judge(payload, isRetained);
      if (typeof answer === 'number') {
        opened.push(answer);
        return undefined;
      }
      refused[answer] = (refused[answer] ?? 0) + 1;
      return answer;
    },
    opened: () => opened,
    refused: () => refused,
  };
}

/** The controllers of a node's doors on one persistent session: what comes while they are away is handed to them later. */
export interface ConnectedControllers {
  /** Leaves without a word, as in a power cut; the broker keeps the session. */
  close(): Promise<void>;
}

/** Connects the controllers with a broker; comes back by itself whenever the broker does. */
export async function connectControllers(
  url: string,
  clientId: string,
  controllers: readonly DoorController[],
): Promise<ConnectedControllers> {
  const client = mqtt.connect(url, {
    clientId,
    clean: false,
    protocolVersion: 5,
    properties: { sessionExpiryInterval: 86_400 },
    reconnectPeriod: 100,
    connectTimeout: 2000,
  });
  client.on('error', () => undefined);
  client.on('message', (topic, payload, { retain }) => {
    for (const controller of controllers) if (controller.topic === topic) controller.hear(payload, retain);
  });
  await new Promise(resolve => client.once('connect', resolve));
  await client.subscribeAsync(
    controllers.map(({ topic }) => topic),
    { qos: 1 },
  );
  return { close: () => client.endAsync(true) };
}

function read(payload: Uint8Array | string): { seq: number } | undefined {
  try {
    return JSON.parse(typeof payload === 'string' ? payload : Buffer.from(payload).toString()) as {
      seq: number;
    };
  } catch {
    return undefined;
  }
}
