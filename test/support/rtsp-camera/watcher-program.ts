/** Watches the camera whose address comes on standard input, as the daemon would, until it is killed; says `live` on standard output. */
import { text } from 'node:stream/consumers';
import { ConfigSchema } from '../../../src/config/schema.ts';
import { createCamera } from '../../../src/ingest/create-camera.ts';
import { locateFfmpeg } from '../../../src/ingest/ffmpeg-locator.ts';
import { silentLogger } from '../../../src/platform/logger.ts';

const [instance] = process.argv.slice(2);
const url = await text(process.stdin);
const camera = createCamera(ConfigSchema.parse({ cameras: [{ id: 'door', url }] }).cameras[0], {
  ffmpeg: await locateFfmpeg({ searchPath: process.env.PATH ?? '' }),
  input: { width: 480, height: 360 },
  instance: instance!,
  log: silentLogger,
  onStatus: ({ phase }) => console.log(phase),
});
await camera.run(new AbortController().signal);
