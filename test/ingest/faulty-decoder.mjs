// Speaks the protocol of src/ingest/still-wire.ts, and does what the image tells it to.
import { setTimeout as sleep } from 'node:timers/promises';

const say = (head, body = Buffer.alloc(0), claimed = body.length) => {
  const json = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(claimed, 4);
  process.stdout.write(Buffer.concat([prefix, json, body]));
};
const still = (width, bytes, value = 0) =>
  say(
    { kind: 'still', format: 'png', original: { width, height: 1 }, full: { width, height: 1 } },
    Buffer.alloc(bytes, value),
  );
// What 2 x 1 pixels are in 640 x 480.
const INPUT = 640 * 320 * 3;
const ACTS = {
  good: () => still(2, 6 + INPUT),
  pixels: () => still(2, 6 + INPUT, 7),
  more: () => {
    still(2, 6 + INPUT, 7);
    setTimeout(() => still(2, 6 + INPUT, 9), 100);
  },
  crash: () => process.abort(),
  exhaust: () => {
    for (const kept = []; ; ) kept.push(Buffer.alloc(1 << 20, 1));
  },
  garbage: () => say('{no json'),
  'too long': () => say({ kind: 'still' }, Buffer.alloc(0), 0xffffffff),
  'wrong size': () => still(2, 5 + INPUT),
  'larger than asked': () => still(4000, 12_000 + INPUT),
  'unknown error': () => say({ kind: 'refused', code: 'unauthorized', message: 'Give me your token.' }),
  hang: () => sleep(60_000),
};

let received = Buffer.alloc(0);
process.stdin.on('data', bytes => {
  received = Buffer.concat([received, bytes]);
  if (received.length < 8) return;
  const [head, body] = [received.readUInt32LE(0), received.readUInt32LE(4)];
  if (received.length < 8 + head + body) return;
  const act = received.toString('utf8', 8 + head, 8 + head + body);
  received = Buffer.alloc(0);
  ACTS[act]();
});
process.stdin.on('end', () => process.exit());
say({ kind: 'ready' });
