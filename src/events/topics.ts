import type { CameraReport } from '../domain/camera.ts';
import type {
  AttackSuspected,
  CameraTamper,
  DoorDecision,
  PersonLeft,
  PersonSeen,
  UnknownSeen,
} from '../domain/event.ts';
import type { CameraFaces } from './camera-faces.ts';
import type { DroppedReport } from './outbox.ts';
import type { PresenceReport } from './presence.ts';

/** The first two parts of every topic: `<baseTopic>/<node>`. */
export interface TopicRoot {
  readonly baseTopic: string;
  readonly node: string;
}

/** What is sent for each kind of message; events gain `published_at` (ISO 8601) when they are sent. */
export interface Payloads {
  readonly status: 'online' | 'offline';
  readonly events_dropped: DroppedReport;
  readonly camera_state: CameraReport;
  readonly camera_faces: CameraFaces;
  readonly presence: PresenceReport;
  readonly person_seen: PersonSeen;
  readonly unknown_seen: UnknownSeen;
  readonly person_left: PersonLeft;
  readonly attack_suspected: AttackSuspected;
  readonly camera_tamper: CameraTamper;
  readonly door_decision: DoorDecision;
}

export type MessageKind = keyof Payloads;

/** The kinds that are kept per thing and sent again at every connect. */
export type StateKind = 'camera_state' | 'events_dropped' | 'presence';

/** The kinds that are sent now or never. */
export type PassingKind = 'camera_faces';

/** How one kind of message travels. `pattern` shows the topic with `<camera>` where the camera's id stands. */
export interface MessageRoute<K extends MessageKind> {
  readonly pattern: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  readonly payload: string;
  readonly description: string;
  topic(root: TopicRoot, payload: Payloads[K]): string;
}

const under = (root: TopicRoot, ...parts: string[]) => [root.baseTopic, root.node, ...parts].join('/');

/** Every topic the daemon writes, in one place; the table in README is made from it. */
export const ROUTES: { readonly [K in MessageKind]: MessageRoute<K> } = {
  status: {
    pattern: 'status',
    retain: true,
    qos: 1,
    payload: '`online` or `offline`',
    description: 'Whether the daemon is there; the broker itself says `offline` when the connection breaks.',
    topic: root => under(root, 'status'),
  },
  events_dropped: {
    pattern: 'dropped',
    retain: true,
    qos: 1,
    payload: 'JSON: `total`, `by_type`, `newest_seq`',
    description:
      'Events that were dropped unsent, since the store was made, because the broker was away for too long.',
    topic: root => under(root, 'dropped'),
  },
  camera_state: {
    pattern: 'camera/<camera>/state',
    retain: true,
    qos: 1,
    payload: 'JSON: `id`, `phase`, `reason`, `message`, `since`, counters',
    description: 'Where a camera is in its life, and why it is not live.',
    topic: (root, camera) => under(root, 'camera', camera.id, 'state'),
  },
  camera_faces: {
    pattern: 'camera/<camera>/faces',
    retain: false,
    qos: 0,
    payload: 'JSON: `captured_at`, `width`, `height`, `faces` with `bounding_box` and `identity`',
    description:
      'The faces of a picture, to be drawn over it: at most two a second, only with `cameras[].publishFaces`. Opens nothing.',
    topic: (root, { camera }) => under(root, 'camera', camera, 'faces'),
  },
  presence: {
    pattern: 'presence/<camera>',
    retain: true,
    qos: 1,
    payload: 'JSON: `persons`, each with `customer_person_id` and `since`',
    description:
      'Who was recognized at a camera and has not left. A state, which may be old: it must open nothing.',
    topic: (root, { camera }) => under(root, 'presence', camera),
  },
  person_seen: {
    pattern: 'event/person_seen',
    retain: false,
    qos: 1,
    payload: 'JSON event with `person` and `margin`',
    description: 'A face was recognized, once per track.',
    topic: root => under(root, 'event', 'person_seen'),
  },
  unknown_seen: {
    pattern: 'event/unknown_seen',
    retain: false,
    qos: 1,
    payload: 'JSON event',
    description: 'A face that is nobody enrolled, once per track.',
    topic: root => under(root, 'event', 'unknown_seen'),
  },
  person_left: {
    pattern: 'event/person_left',
    retain: false,
    qos: 1,
    payload: 'JSON event with `person` and `margin`',
    description: 'The track of a recognized person ended; `track_id` is that of its `person_seen`.',
    topic: root => under(root, 'event', 'person_left'),
  },
  attack_suspected: {
    pattern: 'event/attack_suspected',
    retain: false,
    qos: 1,
    payload: 'JSON event, with `person` where one was recognized',
    description: 'The liveness check took a face for a picture or a screen.',
    topic: root => under(root, 'event', 'attack_suspected'),
  },
  camera_tamper: {
    pattern: 'event/camera_tamper',
    retain: false,
    qos: 1,
    payload: 'JSON event with `kind`: `frozen`, `looped` or `cleared`',
    description: 'A camera repeats pictures bit for bit, as no real camera does.',
    topic: root => under(root, 'event', 'camera_tamper'),
  },
  door_decision: {
    pattern: 'door/<door>/decision',
    retain: false,
    qos: 1,
    payload: 'JSON event with `decision`, `reason`, `expires_at` and `signature`',
    description: 'Whether a door may open for whom the camera sees, once per track; see Doors.',
    topic: (root, { door }) => under(root, 'door', door, 'decision'),
  },
};

/** The topic of a kind of message about the camera or door `about`; with "+" a filter for all of them. */
export function topicAbout(root: TopicRoot, kind: MessageKind, about = ''): string {
  return under(root, ROUTES[kind].pattern.replace(/<\w+>/, about));
}

/** What the broker keeps of these cameras, and the filters under which it keeps the like of any camera of the node. */
export function retainedOfCameras(
  root: TopicRoot,
  cameras: readonly string[],
): { filters: string[]; present: string[] } {
  const kinds = (Object.keys(ROUTES) as MessageKind[]).filter(
    kind => ROUTES[kind].retain && ROUTES[kind].pattern.includes('<camera>'),
  );
  return {
    filters: kinds.map(kind => topicAbout(root, kind, '+')),
    present: kinds.flatMap(kind => cameras.map(camera => topicAbout(root, kind, camera))),
  };
}

/** The rows of the topic table: full topic, whether it is retained, its QoS, what it carries and what that means. */
export function topicRows(
  root: TopicRoot,
): { topic: string; retain: boolean; qos: number; payload: string; description: string }[] {
  return Object.values(ROUTES).map(({ pattern, retain, qos, payload, description }) => ({
    topic: under(root, pattern),
    retain,
    qos,
    payload,
    description,
  }));
}
