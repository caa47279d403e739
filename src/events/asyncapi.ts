import { PAYLOAD_SCHEMAS } from './payload-schemas.ts';
import { type MessageKind, ROUTES } from './topics.ts';

const PARAMETERS: Readonly<Record<string, { description: string; default?: string }>> = {
  base: { description: 'mqtt.baseTopic of the configuration.', default: 'facegate' },
  node: { description: 'node of the configuration.' },
  camera: { description: 'id of a camera.' },
  door: { description: 'id of a door.' },
};

/** `config/asyncapi.json`: what the daemon sends, as an AsyncAPI 3.0.0 document made from the routes. */
export function asyncApiJson(): string {
  const kinds = Object.keys(ROUTES) as MessageKind[];
  const each = <T>(make: (kind: MessageKind) => T) =>
    Object.fromEntries(kinds.map(kind => [kind, make(kind)]));
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Facegate',
      version: '1',
      description:
        'What the daemon tells over MQTT. Events arrive at least once: drop a second copy by event_id. Only a signed grant before its expires_at may open a door.',
    },
    defaultContentType: 'application/json',
    channels: each(channelOf),
    operations: each(operationOf),
    components: { messages: each(messageOf) },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function channelOf(kind: MessageKind) {
  const address = ['{base}', '{node}', ROUTES[kind].pattern.replaceAll('<', '{').replaceAll('>', '}')].join(
    '/',
  );
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  return {
    address,
    description: ROUTES[kind].description,
    parameters: Object.fromEntries(names.map(name => [name, PARAMETERS[name]])),
    messages: { [kind]: { $ref: `#/components/messages/${kind}` } },
  };
}

function operationOf(kind: MessageKind) {
  const { qos, retain } = ROUTES[kind];
  return {
    action: 'send',
    channel: { $ref: `#/channels/${kind}` },
    messages: [{ $ref: `#/channels/${kind}/messages/${kind}` }],
    bindings: { mqtt: { qos, retain, bindingVersion: '0.2.0' } },
  };
}

function messageOf(kind: MessageKind) {
  return {
    name: kind,
    summary: ROUTES[kind].description,
    ...(kind === 'status' && { contentType: 'text/plain' }),
    payload: PAYLOAD_SCHEMAS[kind],
  };
}
