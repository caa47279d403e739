import { z } from 'zod';
import { CameraSection } from './sections/camera.ts';
import { DoorSection } from './sections/door.ts';
import { EnrollmentSection } from './sections/enrollment.ts';
import { EventsSection } from './sections/events.ts';
import { HistorySection } from './sections/history.ts';
import { HomeAssistantSection } from './sections/home-assistant.ts';
import { HttpSection } from './sections/http.ts';
import { identifier } from './sections/identifier.ts';
import { MqttSection } from './sections/mqtt.ts';
import { PrivacySection } from './sections/privacy.ts';
import { RecognitionSection } from './sections/recognition.ts';

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
  liveness: z
    .string()
    .default('fp-liveness')
    .describe('Catalog id of the liveness model; used only where a camera asks for liveness.'),
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
    .describe('Score that a new face needs (0..1; lower finds more and is wrong more often).'),
  minTrackingScore: z
    .number()
    .min(0.1)
    .max(0.999)
    .default(0.5)
    .describe('Score down to which a face that is already followed is followed on.'),
  maxBatch: z.int().min(1).max(32).default(8).describe('Most frames in one detector call.'),
});

const LogSection = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least important level that is logged.'),
});

/** The whole configuration; the one place where a setting is declared. */
export const ConfigSchema = z.strictObject({
  node: identifier('Name of this node')
    .default('door')
    .describe('Name of this node; second part of every topic.'),
  stateDir: z
    .string()
    .default('')
    .describe(
      'Folder of the store; empty uses $STATE_DIRECTORY, $XDG_STATE_HOME/facegate or ~/.local/state/facegate.',
    ),
  http: HttpSection.prefault({}).describe('The REST server.'),
  mqtt: MqttSection.prefault({}).describe('Where events go.'),
  events: EventsSection.prefault({}).describe('Events that wait for the broker.'),
  homeAssistant: HomeAssistantSection.prefault({}).describe('What Home Assistant is told of.'),
  models: ModelsSection.prefault({}).describe('Which models are used.'),
  engine: EngineSection.prefault({}).describe('How the models are run.'),
  recognition: RecognitionSection.prefault({}).describe('When a face has a name.'),
  enrollment: EnrollmentSection.prefault({}).describe('Which images may be enrolled.'),
  privacy: PrivacySection.prefault({}).describe(
    'How long persons are kept, and what it takes to enroll them.',
  ),
  history: HistorySection.prefault({}).describe('Events of the past, which REST can be asked for.'),
  cameras: z.array(CameraSection).max(256).default([]).describe('The cameras.'),
  doors: z.array(DoorSection).max(64).default([]).describe('The doors that decisions are made for.'),
  log: LogSection.prefault({}).describe('Logging, one JSON line per entry on standard output.'),
});

export type Config = z.output<typeof ConfigSchema>;
export type MqttConfig = Config['mqtt'];
export type EngineConfig = Config['engine'];
export type RecognitionConfig = Config['recognition'];
export type CameraConfig = Config['cameras'][number];
export type DoorConfig = Config['doors'][number];
