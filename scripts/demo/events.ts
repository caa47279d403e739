import { connectAsync } from 'mqtt';

/** What the demo reads of an event. */
export interface DemoEvent {
  readonly type: 'person_seen' | 'unknown_seen' | 'person_left';
  readonly camera: string;
  readonly captured_at: string;
  readonly similarity: number;
  readonly threshold: number;
  readonly person?: { readonly first_name?: string; readonly customer_person_id: string };
}

/** Calls `onEvent` for every event of the demo's node, as any MQTT client would get it. */
export async function subscribe(
  url: string,
  onEvent: (event: DemoEvent) => void,
): Promise<{ close(): Promise<unknown> }> {
  const client = await connectAsync(url, { protocolVersion: 4 });
  client.on('message', (_topic, payload) => onEvent(JSON.parse(payload.toString()) as DemoEvent));
  await client.subscribeAsync('facegate/demo/event/#', { qos: 1 });
  return { close: () => client.endAsync() };
}

/** One line for a person to read; `now` in milliseconds since the epoch. */
export function describeEvent(event: DemoEvent, now: number): string {
  const who = event.person?.first_name ?? event.person?.customer_person_id ?? 'unknown';
  const what = event.type === 'person_left' ? `${who} left` : who;
  const compared =
    event.similarity < 0
      ? 'nobody enrolled'
      : `similarity ${event.similarity.toFixed(3)} (needs ${event.threshold.toFixed(2)})`;
  const latency = `${now - Date.parse(event.captured_at)} ms after the frame`;
  return [
    new Date(now).toISOString().slice(11, 23),
    event.camera.padEnd(9),
    what.padEnd(14),
    compared.padEnd(30),
    latency,
  ].join('  ');
}
