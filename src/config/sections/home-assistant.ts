import { z } from 'zod';

/** What Home Assistant is told of. */
export const HomeAssistantSection = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Announce node, cameras and doors to Home Assistant by MQTT discovery.'),
  discoveryPrefix: z
    .string()
    .regex(/^[^#+/]+(\/[^#+/]+)*$/, 'must not contain # or +, nor begin or end with /')
    .default('homeassistant')
    .describe('First part of the topics that Home Assistant looks for entities under.'),
});
