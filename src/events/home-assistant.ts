import { type MessageKind, ROUTES, type TopicRoot, topicAbout } from './topics.ts';

/** One retained message by which Home Assistant learns of an entity; `payload` is JSON. */
export interface DiscoveryMessage {
  readonly topic: string;
  readonly payload: string;
}

/** What Home Assistant is to be told of. */
export interface Discoverable {
  readonly root: TopicRoot;
  readonly discoveryPrefix: string;
  readonly cameras: readonly { readonly id: string }[];
  readonly doors: readonly { readonly id: string }[];
}

interface Device {
  readonly identifiers: readonly [string];
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly via_device?: string;
}

interface Entity {
  readonly component: 'binary_sensor' | 'sensor' | 'event';
  readonly device: Device;
  readonly objectId: string;
  /** Last part of `unique_id`, after that of the device. */
  readonly aspect: string;
  readonly source: MessageKind;
  /** The camera or door that the topic is about. */
  readonly about?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The topics, as a filter, under which everything that this node ever announced lies. */
export function discoveryFilter({
  root,
  discoveryPrefix,
}: Pick<Discoverable, 'root' | 'discoveryPrefix'>): string {
  return `${discoveryPrefix}/+/${nodeId(root)}/+/config`;
}

/**
 * The node, its cameras and its doors as entities of Home Assistant. Fields as its MQTT integration reads them: DISCOVERY_SCHEMA of binary_sensor,
 * sensor and event (`state_topic` required, for event `event_types` too), MQTT_ENTITY_COMMON_SCHEMA, device and origin info schema.
 */
export function discoveryMessages(parts: Discoverable): DiscoveryMessage[] {
  const { root, discoveryPrefix } = parts;
  const node = deviceOf(root);
  const entities = [
    ...nodeEntities(node),
    ...parts.cameras.flatMap(({ id }) => cameraEntities(deviceOf(root, 'camera', id), id)),
    ...parts.doors.flatMap(({ id }) => doorEntities(deviceOf(root, 'door', id), id)),
  ];
  return entities.map(entity => ({
    topic: `${discoveryPrefix}/${entity.component}/${nodeId(root)}/${entity.objectId}/config`,
    payload: JSON.stringify(configOf(entity, root)),
  }));
}

function nodeEntities(device: Device): Entity[] {
  const connection: Entity = {
    component: 'binary_sensor',
    device,
    objectId: 'node',
    aspect: 'connection',
    source: 'status',
    fields: {
      name: 'Connection',
      device_class: 'connectivity',
      entity_category: 'diagnostic',
      payload_on: 'online',
      payload_off: 'offline',
    },
  };
  return [connection, lastPerson({ device, objectId: 'node', source: 'person_seen' })];
}

function cameraEntities(device: Device, id: string): Entity[] {
  const connection: Entity = {
    component: 'binary_sensor',
    device,
    objectId: `camera_${id}`,
    aspect: 'connection',
    source: 'camera_state',
    about: id,
    fields: {
      name: 'Connection',
      device_class: 'connectivity',
      entity_category: 'diagnostic',
      value_template: "{{ 'ON' if value_json.phase == 'live' else 'OFF' }}",
      json_attributes_template: jsonOf(['phase', 'reason', 'message', 'since']),
    },
  };
  const presence: Entity = {
    component: 'binary_sensor',
    device,
    objectId: `presence_${id}`,
    aspect: 'presence',
    source: 'presence',
    about: id,
    fields: {
      name: 'Presence',
      device_class: 'occupancy',
      value_template: "{{ 'ON' if value_json.persons else 'OFF' }}",
      json_attributes_template: jsonOf(['persons']),
    },
  };
  return [connection, presence];
}

function doorEntities(device: Device, id: string): Entity[] {
  const objectId = `door_${id}`;
  const decision: Entity = {
    component: 'event',
    device,
    objectId,
    aspect: 'decision',
    source: 'door_decision',
    about: id,
    fields: {
      name: 'Decision',
      icon: 'mdi:door',
      event_types: ['grant', 'deny'],
      value_template: jsonOf(
        ['reason', 'camera', 'captured_at', 'expires_at', 'unlock_ms', 'event_id', 'seq'],
        { event_type: 'value_json.decision', ...PERSON },
      ),
    },
  };
  return [decision, lastPerson({ device, objectId, source: 'door_decision', about: id })];
}

const ofPerson = (field: string): string => `(value_json.person | default({})).${field}`;

const PERSON = {
  customer_person_id: ofPerson('customer_person_id'),
  first_name: ofPerson('first_name'),
  last_name: ofPerson('last_name'),
};

/** `None` is what Home Assistant reads as an unknown state. */
function lastPerson(entity: Pick<Entity, 'device' | 'objectId' | 'source' | 'about'>): Entity {
  return {
    ...entity,
    component: 'sensor',
    aspect: 'last_person',
    fields: {
      name: 'Last seen person',
      icon: 'mdi:account',
      value_template: `{{ ${PERSON.customer_person_id} | default('None') }}`,
      json_attributes_template: jsonOf(['camera', 'captured_at', 'decision', 'reason', 'similarity'], PERSON),
    },
  };
}

function configOf({ device, aspect, source, about, fields }: Entity, root: TopicRoot): object {
  const stateTopic = topicAbout(root, source, about);
  return {
    ...fields,
    unique_id: `${device.identifiers[0]}.${aspect}`,
    state_topic: stateTopic,
    ...('json_attributes_template' in fields && { json_attributes_topic: stateTopic }),
    qos: ROUTES[source].qos,
    // That the node is away is what its own connection has to say.
    ...(source !== 'status' && {
      availability_topic: topicAbout(root, 'status'),
      payload_available: 'online',
      payload_not_available: 'offline',
    }),
    device,
    origin: { name: 'Facegate' },
  };
}

/** A dot stands in no id, so that no two things share an identifier. */
function deviceOf(root: TopicRoot, kind?: 'camera' | 'door', id?: string): Device {
  const node = `facegate.${root.node}`;
  return kind === undefined
    ? { identifiers: [node], name: `Facegate ${root.node}`, manufacturer: 'Facegate', model: 'node' }
    : {
        identifiers: [`${node}.${kind}.${id}`],
        name: `${root.node} ${kind} ${id}`,
        manufacturer: 'Facegate',
        model: kind,
        via_device: node,
      };
}

function nodeId({ node }: TopicRoot): string {
  return `facegate_${node}`;
}

/** A template (Jinja) for an object of these fields of the payload, and of what `more` gives for each name; null where the payload has none. */
function jsonOf(fields: readonly string[], more: Readonly<Record<string, string>> = {}): string {
  const all = { ...Object.fromEntries(fields.map(field => [field, `value_json.${field}`])), ...more };
  const pairs = Object.entries(all).map(([name, value]) => `'${name}': ${value} | default(none)`);
  return `{{ {${pairs.join(', ')}} | to_json }}`;
}
