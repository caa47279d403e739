import { ARRIVAL, arrivalClip, SUB } from '../../bench/clips.ts';
import { cached, ffmpeg } from './media.ts';

const VISITS = 12;

/**
 * Somebody comes to the camera twelve times, every eight seconds and for four; no picture is the same as another, as a camera that
 * repeats pictures opens no door. MP4.
 */
export async function visitsClip(): Promise<string> {
  const arrival = await arrivalClip(SUB);
  const once = await cached('visit.mp4', file => ffmpeg(['-r', '25', '-i', arrival, '-c', 'copy', file]));
  return cached('visits.mp4', file =>
    ffmpeg([
      ...['-stream_loop', `${VISITS - 1}`, '-i', once, '-vf', 'noise=c0s=6:c0f=t,format=yuv420p'],
      ...['-c:v', 'libx264', '-g', '25', '-bf', '0', '-preset', 'ultrafast', file],
    ]),
  );
}

/** Somebody stands before the camera from the first picture on for twelve seconds, is gone for eight, and comes back for four. MP4. */
export async function stayClip(): Promise<string> {
  const arrival = await arrivalClip(SUB);
  const once = await cached('visit.mp4', file => ffmpeg(['-r', '25', '-i', arrival, '-c', 'copy', file]));
  const filter = [
    '[0:v]split[p][q]',
    `[p]trim=${ARRIVAL.at}:${ARRIVAL.seconds},setpts=PTS-STARTPTS,split=4[a][b][c][d]`,
    `[q]trim=0:${ARRIVAL.at - 0.1},setpts=PTS-STARTPTS,split[e][f]`,
    '[a][b][c][e][f][d]concat=n=6,noise=c0s=6:c0f=t,format=yuv420p',
  ];
  return cached('stay.mp4', file =>
    ffmpeg([
      ...['-i', once, '-filter_complex', filter.join(';')],
      ...['-c:v', 'libx264', '-g', '25', '-bf', '0', '-preset', 'ultrafast', file],
    ]),
  );
}

/** The same as `visitsClip`, for the RTSP camera; how many visits there are. Annex-B. */
export async function visitsStream(): Promise<{ clip: string; visits: number }> {
  const whole = await visitsClip();
  const clip = await cached('visits.h264', file =>
    ffmpeg(['-i', whole, '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', file]),
  );
  return { clip, visits: VISITS };
}
