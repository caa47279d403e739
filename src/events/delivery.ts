import type { CommandLink } from './command.ts';

/** How a message is sent. */
export interface Delivery {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Only MQTT 5 has it; before, the times in the payload alone protect. */
  readonly expirySeconds?: number | undefined;
}

/** The part of an MQTT client that sends. */
export interface SendingClient {
  readonly options: { readonly protocolVersion?: number | undefined };
  readonly stream: { destroy(): unknown; resetAndDestroy?(): unknown };
  publish(
    topic: string,
    payload: string,
    options: { qos: 0 | 1; retain: boolean; properties?: { messageExpiryInterval: number } },
    done: (error?: Error | null) => void,
  ): unknown;
}

/** Sends a message over one connection; `done` is called once the broker has it or with why it refused, never where the connection ends before. */
export function send(
  client: SendingClient,
  topic: string,
  payload: string,
  { qos, retain, expirySeconds }: Delivery,
  done: (error?: unknown) => void,
): void {
  const isExpiring = expirySeconds !== undefined && hasExpiry(client);
  const properties = isExpiring ? { properties: { messageExpiryInterval: expirySeconds } } : {};
  client.publish(topic, payload, { qos, retain, ...properties }, error => {
    // Only a refusal carries the broker's reason code; any other error says that this connection is ending.
    if (!error || ('code' in error && typeof error.code === 'number')) done(error ?? undefined);
  });
}

/** The connection of the client, for commands. */
export function commandLink(client: SendingClient): CommandLink {
  return {
    hasExpiry: hasExpiry(client),
    send: ({ topic, payload }, expirySeconds, done) =>
      send(client, topic, payload, { qos: 1, retain: false, expirySeconds }, done),
    cut: () => cut(client.stream),
  };
}

function hasExpiry({ options }: SendingClient): boolean {
  return options.protocolVersion === 5;
}

/** Closing would let the system go on to send what is in its buffers; only plain TCP connections can be reset. */
function cut(stream: SendingClient['stream']): void {
  try {
    stream.resetAndDestroy?.();
  } catch {
    // Over TLS it throws and does nothing.
  }
  stream.destroy();
}
