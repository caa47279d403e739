import { z } from 'zod';
import { isLoopback } from './loopback.ts';

/** Where events go. */
export const MqttSection = z
  .strictObject({
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
    allowPlaintext: z
      .boolean()
      .default(false)
      .describe(
        'Allow mqtt:// and ws:// to another host, where names, passwords and door decisions can be read and forged on the way.',
      ),
    username: z.string().optional().describe('User name at the broker.'),
    password: z
      .string()
      .optional()
      .describe('Password at the broker; write ${NAME} and supply it as a credential or variable.'),
    ca: z
      .string()
      .optional()
      .describe(
        "Certificate of the CA that signed the broker's, where it is your own: a PEM file, or the PEM text itself as ${NAME}.",
      ),
    cert: z
      .string()
      .optional()
      .describe('Certificate that this daemon shows to the broker: a PEM file, or the PEM text as ${NAME}.'),
    key: z
      .string()
      .optional()
      .describe('Private key of cert, without a passphrase: a PEM file, or the PEM text as ${NAME}.'),
    baseTopic: z
      .string()
      .regex(/^[^#+]+$/, 'must not contain # or +')
      .default('facegate')
      .describe('First part of every topic.'),
    protocol: z
      .literal([4, 5, 'auto'])
      .default('auto')
      .describe(
        'MQTT protocol: 5, 4 for 3.1.1, or auto: 5, and 3.1.1 where the broker knows no other (the embedded broker knows only that).',
      ),
  })
  .superRefine((section, context) => {
    const { url, allowPlaintext, ca, cert, key } = section;
    const refuse = (path: keyof typeof section, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const isSecure = /^(mqtts|wss):/.test(url);
    if (/^(mqtt|ws):/.test(url) && !allowPlaintext && leavesThisHost(url))
      refuse(
        'url',
        'sends names, passwords and door decisions in the clear to another host; use mqtts://, or set mqtt.allowPlaintext: true',
      );
    if ((cert === undefined) !== (key === undefined))
      refuse(cert === undefined ? 'key' : 'cert', 'is of no use alone; give both mqtt.cert and mqtt.key');
    for (const [name, value] of Object.entries({ ca, cert, key }))
      if (value !== undefined && !isSecure)
        refuse(name as 'ca', 'is used with mqtts:// and wss:// only; mqtt.url has neither');
  });

/** What is no URL is refused where it is taken apart. */
function leavesThisHost(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname;
  return host !== '' && !isLoopback(host);
}
