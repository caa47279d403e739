import { cached, encoder, faceVideo, ffmpeg, groupPhoto } from '../../test/support/media.ts';

/** A person of the demo: enrolled from a photo that the cameras do not show. */
export interface DemoPerson {
  readonly id: string;
  readonly firstName: string;
  /** A JPEG file. */
  readonly photo: string;
}

/** What the demo shows. */
export interface DemoMedia {
  /** Camera id -> H.264 stream in Annex-B form. */
  readonly clips: Readonly<Record<string, string>>;
  readonly persons: readonly DemoPerson[];
}

/**
 * Real faces, fetched and cut at the first call. Entrance: a talking man, enrolled from a later part of the same video.
 * Lobby: a second man, enrolled from another session, then a slow look over a group of people whom nobody enrolled.
 */
export async function demoMedia(): Promise<DemoMedia> {
  const entrance = await cached('demo-entrance.h264', async file => {
    await ffmpeg(['-t', '40', '-i', await faceVideo('franck'), '-vf', 'scale=640:512', ...stream, file]);
  });
  const lobby = await cached('demo-lobby.h264', async file => {
    const pan = "crop=960:720:x='min(t/9,1)*(iw-960)':y=180,scale=640:480,setsar=1,fps=25";
    await ffmpeg([
      ...['-t', '14', '-i', await faceVideo('cap12_edit')],
      ...['-loop', '1', '-t', '10', '-framerate', '25', '-i', await groupPhoto(6)],
      '-filter_complex',
      `[0:v]scale=640:480,setsar=1,fps=25[a];[1:v]${pan}[b];[a][b]concat=n=2:v=1:a=0[v]`,
      ...['-map', '[v]', ...stream, file],
    ]);
  });
  return {
    clips: { entrance, lobby },
    persons: [
      {
        id: 'demo-1',
        firstName: 'Franck',
        photo: await still('demo-franck.jpg', await faceVideo('franck'), 150),
      },
      {
        id: 'demo-2',
        firstName: 'Anders',
        photo: await still('demo-anders.jpg', await faceVideo('cap13_edit2'), 2),
      },
    ],
  };
}

const stream = encoder('h264', 25);

function still(name: string, video: string, second: number): Promise<string> {
  return cached(name, file => ffmpeg(['-ss', `${second}`, '-i', video, '-frames:v', '1', '-q:v', '2', file]));
}
