import { z } from 'zod';

const id = (what: string) =>
  z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,63}$/,
      'use 1 to 64 of a-z, 0-9, "-" and "_", beginning with a letter or digit',
    )
    .describe(`${what}: 1 to 64 of a-z, 0-9, "-", "_"; stands in topics.`);

const HttpSection = z.strictObject({
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address the REST server listens on. Anything but loopback needs a TLS proxy in front.'),
  port: z.int().min(0).max(65535).default(8080).describe('TCP port of the REST server; 0 takes a free one.'),
  maxUploadBytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(8 * 1024 * 1024)
    .describe('Largest request body in bytes; larger is answered 413.'),
  maxImagePixels: z
    .int()
    .min(10_000)
    .max(100_000_000)
    .default(25_000_000)
    .describe('Largest uploaded image in pixels (width times height); larger is answered 413.'),
});

const MqttSection = z.strictObject({
  url: z
    .string()
    .regex(
      /^(embedded$|embedded:\d{1,5}$|mqtts?:\/\/|wss?:\/\/)/,
      'use mqtt://, mqtts://, ws://, wss:// or "embedded"',
    )
    .default('mqtt://127.0.0.1:1883')
    .describe(
      'The broker: mqtt://host:port, mqtts://, or "embedded" (or "embedded:PORT") for one inside the daemon on 127.0.0.1.',
    ),
  username: z.string().optional().describe('User name at the broker.'),
  password: z
    .string()
    .optional()
    .describe('Password at the broker; write ${NAME} and supply it as a credential or variable.'),
  baseTopic: z
    .string()
    .regex(/^[^#+]+$/, 'must not contain # or +')
    .default('facegate')
    .describe('First part of every topic.'),
  protocol: z
    .literal([4, 5])
    .default(5)
    .describe('MQTT protocol: 5, or 4 for 3.1.1 (the embedded broker always uses 4).'),
});

const ModelsSection = z.strictObject({
  catalog: z.string().default('').describe('Path of a catalog of your own; empty uses the one that ships.'),
  dir: z
    .string()
    .default('')
    .describe(
      'Folder of the prepared models; empty uses $CACHE_DIRECTORY, $XDG_CACHE_HOME/facegate or ~/.cache/facegate.',
    ),
  detector: z.string().default('fp-ultraface').describe('Catalog id of the detector.'),
  landmarker: z
    .string()
    .default('fp-landmark68')
    .describe('Catalog id of the landmark model, used where the detector gives no landmarks.'),
  embedder: z.string().default('fp-mobilefacenet-512').describe('Catalog id of the embedder.'),
});

const InputSize = z.string().regex(/^[1-9]\d{1,3}x[1-9]\d{1,3}$/, 'write WIDTHxHEIGHT, for example 480x360');

const EngineSection = z.strictObject({
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(64)])
    .default('auto')
    .describe('Worker threads that run the models, one core each; auto is one per core, at most 8.'),
  cameraInput: InputSize.default('480x360').describe(
    'Detector input for camera frames, WIDTHxHEIGHT: 320x240 is fastest, 640x480 finds smaller faces.',
  ),
  uploadInput: InputSize.default('640x480').describe('Detector input for uploaded images, WIDTHxHEIGHT.'),
  minDetectionScore: z
    .number()
    .min(0.1)
    .max(0.999)
    .default(0.8)
    .describe('Detections with a lower score are dropped (0..1; lower finds more and is wrong more often).'),
  maxBatch: z.int().min(1).max(32).default(8).describe('Most frames in one detector call.'),
});

const RecognitionSection = z.strictObject({
  minSimilarity: z
    .number()
    .min(0.05)
    .max(0.99)
    .default(0.5)
    .describe(
      'Cosine similarity that "known" needs; higher is stricter. .45 suits up to 50 persons, .50 more, or a door.',
    ),
  minMargin: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('The best person must beat the best other person by this much similarity.'),
  minFrames: z
    .int()
    .min(2)
    .max(20)
    .default(2)
    .describe('Distinct frames of a track that must agree before it is "known".'),
  unknownFrames: z
    .int()
    .min(2)
    .max(50)
    .default(4)
    .describe('Distinct frames without anyone similar before a track is announced as unknown.'),
  minFaceHeight: z
    .int()
    .min(16)
    .max(1000)
    .default(40)
    .describe('Faces lower than this many pixels (of the full picture) are tracked but not recognized.'),
  minNorm: z
    .number()
    .min(0)
    .max(100)
    .default(1.8)
    .describe('Faces with a lower raw embedding norm (blurred, hidden, no face) are not recognized.'),
  trackTimeoutMs: z
    .int()
    .min(200)
    .max(60_000)
    .default(2000)
    .describe('A track that was not seen for this many milliseconds has ended.'),
});

const EnrollmentSection = z.strictObject({
  minFaceHeight: z
    .int()
    .min(28)
    .max(2000)
    .default(80)
    .describe('Smallest face that may be enrolled, height in pixels of the uploaded image.'),
  minNorm: z
    .number()
    .min(0)
    .max(100)
    .default(2.8)
    .describe('Lowest raw embedding norm that may be enrolled.'),
  maxYaw: z
    .number()
    .min(0.05)
    .max(2)
    .default(0.35)
    .describe('Largest turn of the head to a side that may be enrolled (about 100 degrees per unit).'),
  maxImages: z.int().min(1).max(200).default(40).describe('Most images of one person.'),
});

/** One camera. */
export const CameraSection = z.strictObject({
  id: id('Name of the camera'),
  url: z
    .string()
    .regex(/^(rtsps?:\/\/|file:\/\/|\/dev\/video\d+$)/, 'use rtsp://, rtsps://, file:///path or /dev/videoN')
    .describe(
      'rtsp://, rtsps://, /dev/videoN, or file:///path (played at its own pace). Write a password as ${NAME}.',
    ),
  customer: id('Customer').default('default').describe('Whose gallery its faces are compared with.'),
  fps: z.number().min(0.2).max(30).default(5).describe('Frames per second to analyse.'),
  transport: z.enum(['tcp', 'udp']).default('tcp').describe('RTSP transport.'),
  maxWidth: z
    .int()
    .min(160)
    .max(7680)
    .default(1920)
    .describe('Wider pictures are scaled down to this width before faces are cut out.'),
  loop: z.boolean().default(false).describe('Files only: begin again at the end.'),
});

const LogSection = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least important level that is logged.'),
});

/** The whole configuration; the one place where a setting is declared. */
export const ConfigSchema = z.strictObject({
  node: id('Name of this node').default('door').describe('Name of this node; second part of every topic.'),
  stateDir: z
    .string()
    .default('')
    .describe(
      'Folder of the store; empty uses $STATE_DIRECTORY, $XDG_STATE_HOME/facegate or ~/.local/state/facegate.',
    ),
  http: HttpSection.prefault({}).describe('The REST server.'),
  mqtt: MqttSection.prefault({}).describe('Where events go.'),
  models: ModelsSection.prefault({}).describe('Which models are used.'),
  engine: EngineSection.prefault({}).describe('How the models are run.'),
  recognition: RecognitionSection.prefault({}).describe('When a face has a name.'),
  enrollment: EnrollmentSection.prefault({}).describe('Which images may be enrolled.'),
  cameras: z.array(CameraSection).max(256).default([]).describe('The cameras.'),
  log: LogSection.prefault({}).describe('Logging, one JSON line per entry on standard output.'),
});

export type Config = z.output<typeof ConfigSchema>;
export type HttpConfig = Config['http'];
export type MqttConfig = Config['mqtt'];
export type ModelsConfig = Config['models'];
export type EngineConfig = Config['engine'];
export type RecognitionConfig = Config['recognition'];
export type EnrollmentConfig = Config['enrollment'];
export type CameraConfig = z.output<typeof CameraSection>;
