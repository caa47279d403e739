import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { CameraSection } from '../config/sections/camera.ts';
import { measureDecoding } from '../ingest/decoding-bench.ts';
import { locateFfmpeg } from '../ingest/ffmpeg-locator.ts';
import { measureModels } from './bench/models.ts';
import { measureSearch } from './bench/search.ts';
import { cameraInput } from './face-finder.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

const SIZES = [
  { name: '1080p', width: 1920, height: 1080 },
  { name: '360p', width: 640, height: 360 },
] as const;
/** Share of a machine that these figures account for: the rest goes into pipes, tracking, events and uneven arrival (`npm run bench:cameras`). */
const USABLE = 0.8;
/** Faces that each camera has described in a second, where people come and go. */
const FACES_A_SECOND = 1;

/** What the machine can do; times in milliseconds of one core. */
interface Figures {
  readonly cores: number;
  readonly processor: string;
  readonly decode_ms_per_second: Readonly<Record<string, number>>;
  readonly detect_ms: number;
  readonly describe_ms: number;
  readonly search_ms: number;
  readonly templates: number;
  readonly cameras: Readonly<Record<string, number>>;
}

/** `facegate bench`: what this machine can do, in about a minute; without network, root, cameras or a store. */
export function addBenchCommand(program: Command, terminal: Terminal): void {
  program
    .command('bench')
    .description(
      'measure this machine in about a minute: decoding, models, search, and how many cameras that makes',
    )
    .option('--templates <n>', 'images in the gallery that is searched, 1 to 1000000', countIn, 10_000)
    .option('--json', 'one JSON document instead of text')
    .addHelpText(
      'after',
      `
It needs no network, no root, no camera and no store. Stop the daemon first, or what it takes is missing in the figures. The number of
cameras is an estimate for cameras with 25 frames a second (H.264) at cameras[].fps, one face described a second, four fifths of all cores.

Examples:
  facegate bench
  facegate bench --templates 100000 --json`,
    )
    .action(async (options: { templates: number; json?: boolean }, command: Command) => {
      const { config } = await readConfig(command, terminal);
      const { env } = terminal;
      const ffmpeg = await locateFfmpeg({
        searchPath: env.PATH ?? '',
        ...(env.FFMPEG_PATH && { configured: env.FFMPEG_PATH }),
      });
      const camera = CameraSection.parse({ id: 'bench', url: 'file:///' });
      const decoding: Record<string, number> = {};
      const dir = await mkdtemp(join(tmpdir(), 'facegate-bench-'));
      try {
        for (const size of SIZES) {
          terminal.note(`decoding ${size.name} ...`);
          decoding[size.name] = await measureDecoding({
            ffmpeg,
            camera,
            size,
            input: cameraInput(config),
            dir,
          });
        }
      } finally {
        await rm(dir, { recursive: true });
      }
      terminal.note('running the models ...');
      const { detectMs, describeMs } = await measureModels(config, terminal);
      terminal.note(`searching ${options.templates} templates ...`);
      const searchMs = await measureSearch(options.templates);
      const cores = availableParallelism();
      const camerasAt = (decodeMs: number) =>
        Math.floor(
          (cores * 1000 * USABLE) /
            (decodeMs + camera.fps * detectMs + FACES_A_SECOND * (describeMs + searchMs)),
        );
      const figures: Figures = {
        cores,
        processor: cpus()[0]?.model.trim() ?? 'unknown',
        decode_ms_per_second: mapped(decoding, rounded),
        detect_ms: rounded(detectMs),
        describe_ms: rounded(describeMs),
        search_ms: rounded(searchMs),
        templates: options.templates,
        cameras: mapped(decoding, camerasAt),
      };
      if (options.json) terminal.print(JSON.stringify(figures));
      else for (const line of linesOf(figures, camera.fps)) terminal.print(line);
    });
}

function linesOf(figures: Figures, fps: number): string[] {
  const row = (what: string, figure: string) => `${what.padEnd(44)}${figure.padStart(16)}`;
  return [
    `${figures.cores} cores, ${figures.processor}`,
    ...Object.entries(figures.decode_ms_per_second).flatMap(([size, ms]) => [
      row(`decode a second of ${size} at 25 frames a second`, `${ms} ms`),
      row(`${size} pictures decoded a second by each core`, String(Math.round(25_000 / ms))),
    ]),
    row('find the faces of a picture', `${figures.detect_ms} ms`),
    row('describe a face', `${figures.describe_ms} ms`),
    row(`search ${figures.templates} templates`, `${figures.search_ms} ms`),
    ...Object.entries(figures.cameras).map(([size, count]) =>
      row(`cameras of ${size} at ${fps} pictures a second, about`, String(count)),
    ),
  ];
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

function mapped(
  from: Readonly<Record<string, number>>,
  map: (value: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value)]));
}

function countIn(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count;
  throw new InvalidArgumentError('Use a number between 1 and 1000000.');
}
