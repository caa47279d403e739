import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import { openBlackhole } from '../support/rtsp-camera/blackhole.ts';
import { openCameraProcess } from '../support/rtsp-camera/camera-process.ts';
import { connectToCamera, type RtspClient } from '../support/rtsp-camera/client.ts';
import type { MutePoint } from '../support/rtsp-camera/faults.ts';
import type { RtspCamera } from '../support/rtsp-camera/server.ts';
import { cameraProgram, serving, until } from './watched-camera.ts';

const OK = 'RTSP/1.0 200 OK';

/** Runs `body` with a client that has said PLAY, unless the camera did not let it. */
async function playing(server: RtspCamera, body: (client: RtspClient) => Promise<void>): Promise<void> {
  const client = await connectToCamera(server.url);
  try {
    await client.play();
    await body(client);
  } finally {
    client.close();
  }
}

const video = ({ packets }: RtspClient) => packets.filter(({ channel }) => channel === 0);
const timestamps = (client: RtspClient) => [
  ...new Set(video(client).map(({ data }) => data.readUInt32BE(4))),
];
const videoComes = async (client: RtspClient) => {
  const { length } = video(client);
  await until('video packets', () => video(client).length > length + 5);
};

describe.concurrent('the test camera', () => {
  it.each<[MutePoint, number]>([
    ['connect', 0],
    ['OPTIONS', 1],
    ['DESCRIBE', 2],
    ['SETUP', 3],
  ])('falls silent after %s', (muteAfter, answered) =>
    serving({}, async server => {
      server.faults.muteAfter = muteAfter;
      const client = await connectToCamera(server.url);
      expect(await client.play()).toEqual(Array(answered).fill(OK));
      client.close();
    }),
  );

  it('falls silent after PLAY: it sends nothing and answers nothing more', () =>
    serving({}, async server => {
      server.faults.muteAfter = 'PLAY';
      await playing(server, async client => {
        expect(await client.ask('GET_PARAMETER', 300)).toBeUndefined();
        expect(client.packets).toHaveLength(0);
      });
    }));

  it('takes its time to answer', () =>
    serving({}, async server => {
      server.faults.answerAfterMs = 400;
      const client = await connectToCamera(server.url);
      expect(await client.ask('OPTIONS', 200)).toBeUndefined();
      await until('the answer', () => client.answers.length === 1);
      client.close();
    }));

  it('freezes but answers, and thaws', () =>
    serving({}, server =>
      playing(server, async client => {
        await videoComes(client);
        server.faults.freeze = true;
        await pause(50);
        const { length } = client.packets;
        expect(await client.ask('GET_PARAMETER')).toContain(OK);
        await pause(200);
        expect(client.packets).toHaveLength(length);
        server.faults.freeze = false;
        await videoComes(client);
      }),
    ));

  it('sends nothing but RTCP reports', () =>
    serving({}, async server => {
      Object.assign(server.faults, { freeze: true, rtcpEveryMs: 20 });
      await playing(server, async client => {
        await until('reports', () => client.packets.length >= 3);
        expect(client.packets.every(({ channel, data }) => channel === 1 && data[1] === 200)).toBe(true);
      });
    }));

  it.each([
    ['hangs up with FIN', 'FIN', (server: RtspCamera) => server.hangUp()],
    ['resets with RST and goes on listening', 'RST', (server: RtspCamera) => server.reset()],
  ] as const)('%s', (_, how, end) =>
    serving({}, server =>
      playing(server, async client => {
        await videoComes(client);
        end(server);
        await until('the end', () => client.ended !== undefined);
        expect(client.ended).toBe(how);
        await playing(server, videoComes);
      }),
    ),
  );

  it('resets and refuses while it has no power, and plays again with it', () =>
    serving({}, server =>
      playing(server, async client => {
        await videoComes(client);
        await server.powerOff();
        await until('the end', () => client.ended === 'RST');
        await expect(connectToCamera(server.url)).rejects.toThrow('ECONNREFUSED');
        await server.powerOn();
        await playing(server, videoComes);
      }),
    ));

  it('leaves pictures out', () =>
    serving({}, server =>
      playing(server, async client => {
        await videoComes(client);
        server.faults.drop = 1;
        await pause(50);
        const { length } = client.packets;
        await pause(200);
        expect(client.packets).toHaveLength(length);
      }),
    ));

  it('damages pictures', async () => {
    const file = await readFile(await testClip());
    const whole = ({ data }: { data: Buffer }) => file.includes(data.subarray(14));
    await serving({}, server =>
      playing(server, async client => {
        await videoComes(client);
        expect(video(client).every(whole)).toBe(true);
        server.faults.corrupt = 1;
        await until('damage', () => video(client).filter(packet => !whole(packet)).length > 3);
      }),
    );
  });

  it('sends noise in packets whose headers are right', () =>
    serving({}, async server => {
      server.faults.noise = true;
      await playing(server, async client => {
        await videoComes(client);
        expect(video(client).every(({ data }) => data[0] === 0x80 && (data[1]! & 0x7f) === 96)).toBe(true);
        expect(new Set(video(client).map(({ data }) => data[12])).size).toBeGreaterThan(3);
      });
    }));

  it.each([
    [1, 3600],
    [2, 7200],
    [0, undefined],
  ])('lets its clock run at %d times the speed', (clockRate, ticks) =>
    serving({}, async server => {
      server.faults.clockRate = clockRate;
      await playing(server, async client => {
        await until('some pictures', () => video(client).length > 40);
        const [first, second] = timestamps(client);
        expect(second === undefined ? undefined : second - first!).toBe(ticks);
      });
    }),
  );

  it('sends on to another address', () =>
    serving({}, async server => {
      server.faults.redirectTo = 'rtsp://127.0.0.1:9/elsewhere';
      const client = await connectToCamera(server.url);
      const answer = await client.ask('DESCRIBE');
      expect(answer).toMatch(/^RTSP\/1.0 302 .*\r\nLocation: rtsp:\/\/127.0.0.1:9\/elsewhere\r\n/s);
      client.close();
    }));

  it.each(['', 'not a description'])('describes itself as "%s" where it is told to', text =>
    serving({}, async server => {
      server.faults.description = text;
      const client = await connectToCamera(server.url);
      expect((await client.ask('DESCRIBE'))?.split('\r\n\r\n')[1]).toBe(text);
      client.close();
    }),
  );

  it('describes sound only', () =>
    serving({ audioOnly: true }, async server => {
      const client = await connectToCamera(server.url);
      const answer = await client.ask('DESCRIBE');
      expect(answer).toContain('m=audio');
      expect(answer).not.toContain('m=video');
      client.close();
    }));

  it('switches size and codec within a session, without a word', async () => {
    const other = readClip(await testClip({ codec: 'h265' }));
    await serving({}, server =>
      playing(server, async client => {
        await videoComes(client);
        server.switchClip(other);
        // Parameter sets of H.265, 32 to 34: to a decoder of H.264 they are nothing it knows.
        await until('H.265', () => video(client).some(({ data }) => data[12] === 32 << 1));
        expect(client.ended).toBeUndefined();
      }),
    );
  });

  it('runs in a process of its own, takes orders, and can be stopped as a whole', async () => {
    const clip = await testClip();
    const cameras = await openCameraProcess([{ clip }, { clip, path: '/other' }], cameraProgram());
    try {
      const [first, second] = cameras.cameras;
      await first!.set({ muteAfter: 'DESCRIBE' });
      const client = await connectToCamera(first!.url);
      expect(await client.play()).toHaveLength(2);
      client.close();
      await first!.act('powerOff');
      await expect(connectToCamera(first!.url)).rejects.toThrow('ECONNREFUSED');
      const beside = await connectToCamera(second!.url);
      expect(await beside.play()).toHaveLength(4);
      process.kill(cameras.pid, 'SIGSTOP');
      expect(await beside.ask('OPTIONS', 300)).toBeUndefined();
      process.kill(cameras.pid, 'SIGCONT');
      expect(await beside.ask('OPTIONS')).toContain(OK);
      beside.close();
    } finally {
      await cameras.close();
    }
  });

  it('has a port beside it that swallows every connection request', async () => {
    const hole = await openBlackhole();
    const socket = connect(hole.port, '127.0.0.1').on('error', () => {});
    await pause(500);
    expect(socket.connecting).toBe(true);
    socket.destroy();
    await hole.close();
  });
});
