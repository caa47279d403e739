import { z } from 'zod';
import { identifier } from './identifier.ts';

/** One camera. */
export const CameraSection = z.strictObject({
  id: identifier('Name of the camera'),
  url: z
    .string()
    .regex(/^(rtsps?:\/\/|file:\/\/|\/dev\/video\d+$)/, 'use rtsp://, rtsps://, file:///path or /dev/videoN')
    .describe(
      'rtsp://, rtsps://, /dev/videoN, or file:///path (played at its own pace). Write a password as ${NAME}.',
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
  loop: z.boolean().default(false).describe('Files only: begin again at the end.'),
});
