import { cached, encoder, ffmpeg, groupPhoto } from '../test/support/media.ts';

/** What a bench clip is encoded as; every clip has 25 pictures a second, no B-pictures and a key picture every two seconds. */
export interface ClipSize {
  readonly width: number;
  readonly height: number;
  readonly kbit: number;
}

/** The two streams of an ordinary camera. */
export const MAIN: ClipSize = { width: 1920, height: 1080, kbit: 4000 };
export const SUB: ClipSize = { width: 640, height: 360, kbit: 600 };

const SECONDS = 16;
/** From here on the person of `walkClip` leaves the picture. */
const LEAVES_AT = 12.8;
/** Second at which the person of `arrivalClip` stands in the picture, and how long the empty and the filled part are together. */
export const ARRIVAL = { at: 4, seconds: 8 } as const;
/** A woman who looks at the camera, cut out of the photo: left, top, width, height in its pixels. */
const PERSON = { photo: 6, crop: '430:1400:1380:120' } as const;

/** A person walks up to the camera (8 to 40 % of the picture's width), then leaves; sensor noise, motion blur and flicker included. MP4. */
export function walkClip(size: ClipSize): Promise<string> {
  const scale = `(0.08+0.32*min(t/${LEAVES_AT},1))`;
  const sway = `(W-w)/2+W*0.06*sin(2*PI*t/3.7)+if(gt(t,${LEAVES_AT}),(t-${LEAVES_AT})*W*0.35,0)`;
  return scene(`bench-walk-${size.height}p.mp4`, size, { seconds: SECONDS, scale, x: sway });
}

/** Nobody for four seconds; then a person stands in the picture from one picture to the next, sways, and is gone at the end. Annex-B, for the RTSP camera. */
export function arrivalClip(size: ClipSize): Promise<string> {
  const x = `if(lt(t,${ARRIVAL.at}),W,(W-w)/2+W*0.05*sin(2*PI*t/3.1))`;
  return scene(`bench-arrival-${size.height}p.h264`, size, { seconds: ARRIVAL.seconds, scale: '0.25', x });
}

/** The photo that the person of the clips is enrolled from. JPEG. */
export function personPhoto(): Promise<string> {
  return cached('bench-person.jpg', async file =>
    ffmpeg([
      ...['-i', await groupPhoto(PERSON.photo), '-frames:v', '1'],
      ...['-vf', `crop=${PERSON.crop}`, '-q:v', '2', file],
    ]),
  );
}

/** Cells of the bar code over the picture's top rows: bit k of the picture's number is cell k, white for 1. */
export const BARCODE = { cells: 16, rows: 32 } as const;

/** A moving test picture with the number of each picture in it as a bar code. Annex-B, 40 s. */
export function barcodeClip(size: ClipSize): Promise<string> {
  const { rows, cells } = BARCODE;
  const bar = `if(mod(floor(N/pow(2,floor(${cells}*X/W))),2),235,16)`;
  const filter = [
    'format=yuv420p,split[a][b]',
    `[b]crop=iw:${rows}:0:0,geq=lum='${bar}':cb=128:cr=128[bar]`,
    '[a][bar]overlay=0:0,format=yuv420p',
  ].join(';');
  return cached(`bench-barcode-${size.height}p.h264`, file =>
    ffmpeg([
      ...['-f', 'lavfi', '-i', `testsrc2=size=${size.width}x${size.height}:rate=25`, '-t', '40'],
      ...['-filter_complex', filter, ...encoded(size), file],
    ]),
  );
}

function scene(
  name: string,
  size: ClipSize,
  { seconds, scale, x }: { seconds: number; scale: string; x: string },
): Promise<string> {
  const { width, height } = size;
  return cached(name, async file => {
    const soft = "a='255*clip(min(min(X,W-X)/60,Y/60),0,1)'";
    const person = `crop=${PERSON.crop},format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':${soft}`;
    const cut = await cached('bench-person-cut.png', async cutFile =>
      ffmpeg(['-i', await groupPhoto(PERSON.photo), '-frames:v', '1', '-vf', person, cutFile]),
    );
    // Upside down and blurred: a background without a second face.
    const back = await cached('bench-background.png', async backFile =>
      ffmpeg([
        ...['-i', await groupPhoto(5), '-frames:v', '1'],
        ...['-vf', 'crop=1920:1080:0:0,vflip,gblur=sigma=40', backFile],
      ]),
    );
    const still = ['-loop', '1', '-framerate', '50', '-t', `${seconds}`];
    const filter = [
      `[0]scale=${width}:${height},setsar=1[bg]`,
      `[1]scale=w='trunc(${scale}*${width}/2)*2':h=-2:eval=frame[p]`,
      `[bg][p]overlay=x='${x}':y='H*0.18+H*0.012*abs(sin(2*PI*t*0.9))-h*0.04':eval=frame:format=yuv420,` +
        "tmix=frames=2:weights='1 1',fps=25,eq=brightness='0.015*sin(2*PI*t*1.3)':eval=frame," +
        'gblur=sigma=0.7,noise=c0s=7:c0f=t,format=yuv420p',
    ].join(';');
    await ffmpeg([
      ...still,
      '-i',
      back,
      ...still,
      '-i',
      cut,
      '-filter_complex',
      filter,
      ...['-t', `${seconds}`, ...encoded(size), file],
    ]);
  });
}

function encoded({ kbit }: ClipSize): string[] {
  const rate = `${kbit}k`;
  return [...encoder('h264', 50), '-sc_threshold', '0', '-b:v', rate, '-maxrate', rate, '-bufsize', rate];
}
