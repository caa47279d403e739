import { z } from 'zod';
import { parseWeeklyWindow } from '../../domain/weekly-window.ts';
import { RelaySection, WebhookSection } from './actuator.ts';
import { identifier } from './identifier.ts';

const Window = z
  .string()
  .refine(
    text => parseWeeklyWindow(text) !== undefined,
    'write days and times as "mon-fri 07:00-19:00", "sat,sun 09:00-24:00" or, over midnight, "fri 22:00-06:00"',
  );

const TimeZone = z
  .string()
  .refine(isTimeZone, 'use the name of an IANA time zone, for example "Europe/Berlin" or "UTC"');

const ScheduleSection = z.strictObject({
  timeZone: TimeZone.default('UTC').describe('IANA time zone of the windows and holidays.'),
  windows: z
    .array(Window)
    .max(64)
    .default([])
    .describe('When it may open, as ["mon-fri 07:00-19:00"]; empty means at any time.'),
  holidays: z
    .array(z.iso.date('write a date as "2026-12-25"'))
    .max(1000)
    .default([])
    .describe('Dates on which it stays shut, as ["2026-12-25"].'),
});

/** One door. */
export const DoorSection = z.strictObject({
  id: identifier('Name of the door'),
  customer: identifier('Customer')
    .default('default')
    .describe('Whose persons may pass; also that of its cameras.'),
  cameras: z.array(z.string()).min(1).max(16).describe('Ids of the cameras that see who stands at the door.'),
  key: z
    .string()
    .min(32)
    .max(1024)
    .describe(
      'Secret that decisions are signed with, also known to the controller; at least 32 characters, as "openssl rand -hex 32" makes them. Write ${NAME}.',
    ),
  groups: z
    .array(identifier('Group'))
    .max(64)
    .default([])
    .describe('Persons of any of these groups may pass; empty means everyone who is enrolled.'),
  schedule: ScheduleSection.prefault({}).describe('When the door may open.'),
  liveness: z
    .enum(['off', 'require'])
    .default('off')
    .describe('require: only who is found live may pass; needs cameras with liveness report or require.'),
  targetFpir: z
    .number()
    .min(1e-9)
    .max(0.1)
    .optional()
    .describe('As recognition.targetFpir, where this door is to be stricter.'),
  cooldownSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(5)
    .describe('Who was let in is let in anew once a camera has looked on without them for so many seconds.'),
  decisionTtlSeconds: z
    .int()
    // Of two seconds nothing would be left for the way: brokers count in whole seconds and may be one late.
    .min(3)
    .max(30)
    .default(5)
    .describe('A grant expires so many seconds after its picture had arrived.'),
  unlockMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(3000)
    .describe('For how many milliseconds the controller is to unlock: a hint in the event.'),
  relay: RelaySection.optional().describe('A relay that opens this door by a command over MQTT.'),
  webhook: WebhookSection.optional().describe('Where decisions at this door are posted to.'),
});

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
