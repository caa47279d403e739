import { once } from 'node:events';
import { createServer } from 'node:net';
import type { CameraConfig, Config } from '../../config/schema.ts';
import { embeddedPort } from '../../events/broker-address.ts';
import { tryBroker } from '../../events/broker-trial.ts';
import { probeCamera } from '../../ingest/camera-probe.ts';
import type { Ffmpeg } from '../../ingest/ffmpeg-locator.ts';
import { streamLine } from '../camera.ts';
import { cameraInput } from '../face-finder.ts';
import type { Terminal } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const WATCH_MS = 1500;
const SLOW_START_MS = 5000;
const HTTP_DEADLINE_MS = 5000;

/** The REST server of the daemon that runs, or whether its address is free. */
export async function checkRest(config: Config, isRunning: boolean): Promise<Finding> {
  const { host, port } = config.http;
  if (!isRunning) {
    if (port === 0 || (await isFree(host, port)))
      return ok('rest', `No daemon runs; ${host}:${port} is free.`);
    return fail('rest', `Another program listens on ${host}:${port}: stop it, or change http.port.`);
  }
  const where = `${config.http.cert ? 'https' : 'http'}://${host}:${port}`;
  const options = { signal: AbortSignal.timeout(HTTP_DEADLINE_MS) };
  const response = await fetch(`${where}/health/ready`, options).catch(codeOf);
  if (typeof response === 'string' && /CERT|ALTNAME|SIGNATURE/.test(response))
    return warn(
      'rest',
      `The daemon at ${where} shows a certificate that this machine does not trust (${response}): name its CA in NODE_EXTRA_CA_CERTS for the commands that speak to it.`,
    );
  if (typeof response === 'string')
    return fail(
      'rest',
      `A daemon runs but does not answer at ${where} (${response}): was it started with this configuration? See its log.`,
    );
  if (response.ok) return ok('rest', `The daemon at ${where} is ready.`);
  const { reasons = [] } = (await response.json().catch(() => ({}))) as { reasons?: unknown[] };
  return warn(
    'rest',
    `The daemon at ${where} is not ready: ${reasons.map(textOf).join('; ') || `it answered ${response.status}`}; mend that first.`,
  );
}

/** The broker: address, TLS, login, and whether the daemon's topics may be written. */
export async function checkBroker(config: Config, isRunning: boolean): Promise<Finding> {
  const port = embeddedPort(config.mqtt.url);
  if (port !== undefined && !isRunning)
    return (await isFree('127.0.0.1', port))
      ? ok('broker', `It is inside the daemon, which does not run; port ${port} is free.`)
      : fail(
          'broker',
          `Another program listens on port ${port}, which the embedded broker needs: stop it, or write mqtt.url: "embedded:PORT".`,
        );
  try {
    const { place, version, tls, mayWrite, failure } = await tryBroker({
      config: config.mqtt,
      node: config.node,
    });
    if (failure !== undefined) return fail('broker', failure);
    const protocol = `MQTT ${version === 5 ? '5' : '3.1.1'}${tls ? ' over TLS' : ''}`;
    const facts = { place, protocol, may_write: mayWrite };
    const own = `${config.mqtt.baseTopic}/${config.node}/#`;
    if (mayWrite === 'no')
      return fail(
        'broker',
        `The broker at ${place} lets this client in but not write ${own}: allow that in its access list.`,
        { facts },
      );
    const written =
      mayWrite === 'yes' ? `${own} may be written` : `whether ${own} may be written cannot be told over it`;
    return ok('broker', `${place}, ${protocol}; ${written}.`, { facts });
  } catch (error) {
    return fail('broker', (error as Error).message);
  }
}

/** Each stream of each camera, one after the other: decoding several at once would make a small machine say that they are slow. */
export async function checkCameras(config: Config, ffmpeg: Ffmpeg, terminal: Terminal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const camera of config.cameras)
    for (const [subject, stream] of streamsOf(camera)) {
      terminal.note(`looking at camera ${subject} ...`);
      findings.push(await checkStream(subject, stream, { config, ffmpeg, signal: terminal.stopped }));
    }
  return findings;
}

function streamsOf(camera: CameraConfig): [subject: string, camera: CameraConfig][] {
  const { id, detectUrl } = camera;
  if (detectUrl === undefined) return [[id, camera]];
  return [
    [id, camera],
    [`${id} (detectUrl)`, { ...camera, url: detectUrl }],
  ];
}

async function checkStream(
  subject: string,
  camera: CameraConfig,
  parts: { config: Config; ffmpeg: Ffmpeg; signal: AbortSignal },
): Promise<Finding> {
  const { config, ffmpeg, signal } = parts;
  const probe = await probeCamera(camera, { ffmpeg, input: cameraInput(config), watchMs: WATCH_MS }, signal);
  const { failure, fps, firstFrameMs = 0, ...facts } = probe;
  const more = {
    subject,
    facts: { ...facts, ...(fps !== undefined && { fps }), first_frame_ms: firstFrameMs },
  };
  if (failure) return fail('camera', failure.message, { subject, facts: { reason: failure.reason } });
  const line = streamLine(probe);
  if (firstFrameMs > SLOW_START_MS)
    return warn(
      'camera',
      `${line}: set its key picture interval (GOP) to one second, so that it is back sooner after a loss, or give this machine less to do.`,
      more,
    );
  if (camera.decode === 'all' && fps !== undefined && fps < camera.fps)
    return warn(
      'camera',
      `${line}: fewer pictures than cameras[].fps (${camera.fps}); raise its frame rate, or lower the setting.`,
      more,
    );
  return ok('camera', `${line}.`, more);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

const textOf = (reason: unknown): string => (typeof reason === 'string' ? reason : JSON.stringify(reason));

/** The code of why `fetch` got no answer. */
function codeOf(error: Error & { cause?: { code?: string } }): string {
  return error.cause?.code ?? error.name;
}
