import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mediaDir } from '../../test/support/media.ts';
import { demoMedia } from './media.ts';

/** `--check` tells by its exit code whether the media are there; without it they are made. */
const LAST_MADE = 'demo-anders.jpg';

if (process.argv.includes('--check')) process.exitCode = existsSync(join(mediaDir(), LAST_MADE)) ? 0 : 1;
else await demoMedia();
