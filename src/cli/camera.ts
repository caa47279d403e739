import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import type { Picture } from '../domain/image.ts';
import { type CameraProbe, probeCamera } from '../ingest/camera-probe.ts';
import { locateFfmpeg } from '../ingest/ffmpeg-locator.ts';
import { type CameraChoice, chosenCamera } from './camera-source.ts';
import { annotateBest, cameraInput, copyOf, type FoundFace } from './face-finder.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

interface ProbeOptions extends Omit<CameraChoice, 'camera'> {
  readonly out?: string;
  readonly seconds: number;
  readonly json?: boolean;
}

/** Pictures that are searched for faces, spread over the time of the look; each takes 3 MB at 1080p. */
const PICTURES = 6;

/** `facegate camera probe`: looks at one camera, without the daemon and without a store. */
export function addCameraCommand(program: Command, terminal: Terminal): void {
  const camera = program.command('camera').description('look at a camera without the daemon');

  camera
    .command('probe [camera]')
    .description('connect to a camera once (id or address) and say what it sends')
    .option(
      '--url-file <file>',
      'read the address from a file, "-" for standard input: there nobody sees its password',
    )
    .addOption(new Option('--transport <name>', 'RTSP transport').choices(['tcp', 'udp']))
    .option('--seconds <n>', 'how long to look after the first picture, 1 to 60', secondsIn, 3)
    .option('--out <file>', 'look for faces, and write the best picture with the faces drawn in as a JPEG')
    .option('--json', 'one JSON document instead of text')
    .addHelpText(
      'after',
      `
Green faces are good enough to be recognized, orange ones are not; the text says why. Exit code 1: no picture came.
An address on the command line can be read by every user of this machine.

Examples:
  facegate camera probe entrance --out face.jpg
  facegate camera probe --url-file camera-url.txt --transport udp
  echo 'rtsp://viewer:secret@192.0.2.10:554/stream1' | facegate camera probe --url-file - --json`,
    )
    .action(async (name: string | undefined, options: ProbeOptions, command: Command) => {
      const { config } = await readConfig(command, terminal);
      const { urlFile, transport } = options;
      const choice = {
        ...(name !== undefined && { camera: name }),
        ...(urlFile && { urlFile }),
        ...(transport && { transport }),
      };
      const chosen = await chosenCamera(choice, config, terminal);
      const ffmpeg = await locateFfmpeg({
        searchPath: terminal.env.PATH ?? '',
        ...(terminal.env.FFMPEG_PATH && { configured: terminal.env.FFMPEG_PATH }),
      });
      const pictures: Picture[] = [];
      const watchMs = options.seconds * 1000;
      const probe = await probeCamera(
        chosen,
        {
          ffmpeg,
          input: cameraInput(config),
          watchMs,
          ...(options.out && { onPicture: sampled(pictures, watchMs) }),
        },
        terminal.stopped,
      );
      if (probe.failure) {
        if (options.json) terminal.print(JSON.stringify({ camera: chosen.id, ...probe }));
        throw new FacegateError('not_ready', `${chosen.id}: ${probe.failure.message}`);
      }
      const best =
        options.out && pictures.length > 0 ? await annotateBest(pictures, config, terminal) : undefined;
      // Whoever it shows has not been asked.
      if (best) await writeFile(options.out!, best.jpeg, { mode: 0o600 });
      if (options.json)
        return terminal.print(
          JSON.stringify({ camera: chosen.id, ...probe, ...(best && { faces: best.faces }) }),
        );
      terminal.print(`${chosen.id}: ${streamLine(probe)}`);
      for (const face of best?.faces ?? []) terminal.print(faceLine(face));
      if (best?.faces.length === 0) terminal.print('no face was found');
      if (best) terminal.note(`${options.out} is written.`);
    });
}

/** What a camera sends, in one line. */
export function streamLine({ stream, fps, firstFrameMs }: CameraProbe): string {
  const parts = [
    stream && `${stream.codec}${stream.profile ? ` (${stream.profile})` : ''}`,
    stream?.size && `${stream.size.width}x${stream.size.height}`,
    stream?.fps !== undefined && `${stream.fps} fps declared`,
    fps !== undefined && `${fps} fps arrive`,
    firstFrameMs !== undefined && `first picture after ${(firstFrameMs / 1000).toFixed(1)} s`,
  ];
  return parts.filter(part => part).join(', ');
}

function faceLine({ height, score, recognize, enroll }: FoundFace): string {
  const verdict =
    recognize.length > 0
      ? `not good enough to be recognized (${recognize.join(', ')})`
      : enroll.length > 0
        ? `good enough to be recognized, not to be enrolled (${enroll.join(', ')})`
        : 'good enough to be recognized and to be enrolled';
  return `face of ${height} pixels, score ${score}: ${verdict}`;
}

/** Takes the first picture of each part of the time. */
function sampled(pictures: Picture[], watchMs: number): (picture: Picture) => void {
  let next = 0;
  return picture => {
    const now = performance.now();
    if (pictures.length >= PICTURES || now < next) return;
    next = now + watchMs / PICTURES;
    pictures.push(copyOf(picture));
  };
}

function secondsIn(text: string): number {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 60) return seconds;
  throw new InvalidArgumentError('Use a number between 1 and 60.');
}
