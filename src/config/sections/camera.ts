import { z } from 'zod';
import { identifier } from './identifier.ts';

const StreamUrl = z
  .string()
  .regex(/^(rtsps?:\/\/|file:\/\/|\/dev\/video\d+$)/, 'use rtsp://, rtsps://, file:///path or /dev/videoN');

/** Options of ffmpeg that choose a decoder and nothing else; each takes one value. */
const HWACCEL_OPTION = /^-(hwaccel|hwaccel_device|init_hw_device|vaapi_device|qsv_device|c:v)$/;
const HwaccelArguments = z
  .array(z.string().min(1))
  .max(12)
  .refine(
    words => words.length % 2 === 0 && words.every((word, at) => at % 2 === 1 || HWACCEL_OPTION.test(word)),
    'give pairs of option and value; allowed are -hwaccel, -hwaccel_device, -init_hw_device, -vaapi_device, -qsv_device and -c:v',
  );

const Fraction = z.number().min(0).max(1);
const ZoneSection = z.strictObject({
  name: identifier('Name of the zone'),
  kind: z
    .enum(['watch', 'ignore'])
    .describe('watch: faces count only inside of such zones; ignore: faces inside do not count.'),
  polygon: z
    .array(z.tuple([Fraction, Fraction]))
    .min(3)
    .max(64)
    .describe('Corners [x, y] as fractions of the picture, from its top left corner.'),
});

/** One camera. */
export const CameraSection = z.strictObject({
  id: identifier('Name of the camera'),
  url: StreamUrl.describe(
    'rtsp://, rtsps://, /dev/videoN, or file:///path (played at its own pace). Write a password as ${NAME}.',
  ),
  detectUrl: StreamUrl.optional().describe(
    'A small stream of the same scene (the sub stream), in which faces are found; url is then looked at only for faces that are too small in it.',
  ),
  decode: z
    .enum(['all', 'keyframes'])
    .default('all')
    .describe(
      'Pictures of url that are decoded: keyframes costs a tenth, but gives one picture every one or two seconds.',
    ),
  hwaccel: HwaccelArguments.default([]).describe(
    'ffmpeg input options of a hardware decoder, for example [-hwaccel, vaapi]; where it cannot start, software decodes.',
  ),
  customer: identifier('Customer').default('default').describe('Whose gallery its faces are compared with.'),
  fps: z
    .number()
    .min(0.2)
    .max(30)
    .default(5)
    .describe('Frames per second to analyse while nothing is undecided.'),
  burstFps: z
    .number()
    .min(0.2)
    .max(30)
    .default(10)
    .describe('Frames per second to analyse while a face is undecided; never below fps.'),
  liveness: z
    .enum(['off', 'report', 'require'])
    .default('off')
    .describe(
      'Liveness check of recognized faces: report writes it into events, require announces nobody who is not found live.',
    ),
  transport: z.enum(['tcp', 'udp']).default('tcp').describe('RTSP transport.'),
  maxWidth: z
    .int()
    .min(160)
    .max(7680)
    .default(1920)
    .describe('Wider pictures are scaled down to this width before faces are cut out.'),
  zones: z.array(ZoneSection).max(32).default([]).describe('Parts of the picture that count or do not.'),
  motionGate: z
    .boolean()
    .default(true)
    .describe(
      'Look for faces only where something moves or somebody is followed, and once a second in any case.',
    ),
  publishFaces: z
    .boolean()
    .default(false)
    .describe(
      'Send the boxes of faces, and who they are, over MQTT twice a second, for who draws them over the picture.',
    ),
  loop: z.boolean().default(false).describe('Files only: begin again at the end.'),
});
