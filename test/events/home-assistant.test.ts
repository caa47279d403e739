import { describe, expect, it } from 'vitest';
import { discoveryFilter, discoveryMessages } from '../../src/events/home-assistant.ts';
import { ROUTES } from '../../src/events/topics.ts';

const root = { baseTopic: 'facegate', node: 'lobby' };
const discoveryPrefix = 'homeassistant';

/** The keys that Home Assistant knows, by the names of its schemas; it drops others in silence. */
const COMMON = [
  'availability_topic',
  'payload_available',
  'payload_not_available',
  'device',
  'origin',
  'entity_category',
  'icon',
  'json_attributes_topic',
  'json_attributes_template',
  'name',
  'qos',
  'state_topic',
  'unique_id',
  'value_template',
];
const ALLOWED: Record<string, readonly string[]> = {
  binary_sensor: [...COMMON, 'device_class', 'payload_on', 'payload_off'],
  sensor: COMMON,
  event: [...COMMON, 'event_types'],
};
const REQUIRED: Record<string, readonly string[]> = {
  binary_sensor: ['state_topic'],
  sensor: ['state_topic'],
  event: ['state_topic', 'event_types'],
};
const DEVICE = ['identifiers', 'name', 'manufacturer', 'model', 'via_device'];

interface Config {
  readonly unique_id: string;
  readonly device: { readonly identifiers: string[]; readonly via_device?: string };
  readonly [key: string]: unknown;
}

function announced(cameras: readonly string[], doors: readonly string[]): Map<string, Config> {
  const messages = discoveryMessages({
    root,
    discoveryPrefix,
    cameras: cameras.map(id => ({ id })),
    doors: doors.map(id => ({ id })),
  });
  return new Map(messages.map(({ topic, payload }) => [topic, JSON.parse(payload)]));
}

const all = announced(['front', 'back'], ['main']);
const of = (component: string, object: string) => {
  const config = all.get(`homeassistant/${component}/facegate_lobby/${object}/config`);
  if (config === undefined) throw new Error(`Nothing is announced as ${component} ${object}.`);
  return config;
};

describe('what Home Assistant is told', () => {
  it('is the node, each camera and each door', () => {
    expect([...all.keys()]).toEqual([
      'homeassistant/binary_sensor/facegate_lobby/node/config',
      'homeassistant/sensor/facegate_lobby/node/config',
      'homeassistant/binary_sensor/facegate_lobby/camera_front/config',
      'homeassistant/binary_sensor/facegate_lobby/presence_front/config',
      'homeassistant/binary_sensor/facegate_lobby/camera_back/config',
      'homeassistant/binary_sensor/facegate_lobby/presence_back/config',
      'homeassistant/event/facegate_lobby/door_main/config',
      'homeassistant/sensor/facegate_lobby/door_main/config',
    ]);
    expect(discoveryFilter({ root, discoveryPrefix })).toBe('homeassistant/+/facegate_lobby/+/config');
  });

  it.each([...all])('has every field that must be there and none that is unknown: %s', (topic, config) => {
    const component = topic.split('/')[1];
    expect(topic).toMatch(/^homeassistant\/\w+\/[a-zA-Z0-9_-]+\/[a-zA-Z0-9_-]+\/config$/);
    expect(Object.keys(config)).toEqual(expect.arrayContaining(REQUIRED[component] as string[]));
    expect(Object.keys(config).filter(key => !ALLOWED[component].includes(key))).toEqual([]);
    expect(Object.keys(config.device).filter(key => !DEVICE.includes(key))).toEqual([]);
    expect(config.device.identifiers).toHaveLength(1);
    expect(config.origin).toEqual({ name: 'Facegate' });
    expect(Object.values(config)).not.toContain(undefined);
  });

  it('reads only topics that the daemon writes', () => {
    const stateTopic = (component: string, object: string) => of(component, object).state_topic;
    expect(stateTopic('binary_sensor', 'node')).toBe(ROUTES.status.topic(root, 'online'));
    expect(stateTopic('sensor', 'node')).toBe('facegate/lobby/event/person_seen');
    expect(stateTopic('binary_sensor', 'camera_front')).toBe('facegate/lobby/camera/front/state');
    expect(stateTopic('binary_sensor', 'presence_front')).toBe(
      ROUTES.presence.topic(root, { camera: 'front', persons: [] }),
    );
    expect(stateTopic('event', 'door_main')).toBe('facegate/lobby/door/main/decision');
    expect(stateTopic('sensor', 'door_main')).toBe('facegate/lobby/door/main/decision');
    for (const config of all.values())
      expect([undefined, config.state_topic]).toContain(config.json_attributes_topic);
  });

  it('is unavailable while the node is, but for the node itself, which is off then', () => {
    const { availability_topic, ...node } = of('binary_sensor', 'node');
    expect(availability_topic).toBeUndefined();
    expect(node).toMatchObject({
      payload_on: 'online',
      payload_off: 'offline',
      device_class: 'connectivity',
    });
    for (const config of [...all.values()].slice(1))
      expect(config).toMatchObject({
        availability_topic: 'facegate/lobby/status',
        payload_available: 'online',
        payload_not_available: 'offline',
      });
  });

  it('gives decisions of doors as events only, whose kinds are grant and deny, and keeps the signature out', () => {
    const door = of('event', 'door_main');
    expect(door.event_types).toEqual(['grant', 'deny']);
    expect(door.value_template).toContain("'event_type': value_json.decision");
    expect(door.value_template).toContain("'expires_at': value_json.expires_at");
    const retained = [...all.values()].filter(({ state_topic }) =>
      Object.values(ROUTES).some(
        ({ pattern, retain }) =>
          retain && new RegExp(`/${pattern.replace(/<\w+>/, '[^/]+')}$`).test(String(state_topic)),
      ),
    );
    expect(retained).toHaveLength(5);
    expect(JSON.stringify(retained)).not.toMatch(/decision|grant/);
    expect(JSON.stringify([...all.values()])).not.toContain('signature');
  });

  it('hangs cameras and doors below the node, and shares no identifier, whatever they are called', () => {
    expect(of('event', 'door_main').device.via_device).toBe('facegate.lobby');
    expect(of('binary_sensor', 'node').device).not.toHaveProperty('via_device');
    const names = ['front', 'front_presence', 'node', 'door_front', 'camera_front'];
    const many = announced(names, names);
    expect(many.size).toBe(2 + 4 * names.length);
    expect(new Set([...many.values()].map(({ unique_id }) => unique_id)).size).toBe(many.size);
    const devices = new Set([...many.values()].map(({ device }) => device.identifiers[0]));
    expect(devices.size).toBe(1 + 2 * names.length);
  });
});
