import type { Problem } from './problems.ts';
import type { Config } from './schema.ts';

/** What is wrong with the doors of a configuration that is right by itself: ids that repeat, cameras that do not fit, relays that could never open. */
export function doorProblems(config: Config): Problem[] {
  const { doors, cameras } = config;
  const ids = doors.map(({ id }) => id);
  return doors.flatMap((door, at): Problem[] => {
    const first = ids.indexOf(door.id);
    const repeated = {
      path: ['doors', at, 'id'],
      sentence: `is the id of doors[${first}] too; every door needs its own`,
    };
    const wrong = door.cameras.flatMap((id, number): Problem[] => {
      const camera = cameras.find(one => one.id === id);
      const sentence = problemWith(camera, door);
      return sentence === undefined ? [] : [{ path: ['doors', at, 'cameras', number], sentence }];
    });
    const relay = relayProblems(door, at, config);
    return [...(first === at ? [] : [repeated]), ...wrong, ...relay];
  });
}

function relayProblems({ relay }: Config['doors'][number], at: number, { mqtt }: Config): Problem[] {
  if (relay === undefined) return [];
  const problems: Problem[] = [];
  if (`${relay.topic}/`.startsWith(`${mqtt.baseTopic}/`))
    problems.push({
      path: ['doors', at, 'relay', 'topic'],
      sentence: `lies below ${mqtt.baseTopic}/, where events are; give the topic that the relay listens to`,
    });
  const knowsNoExpiry = mqtt.protocol === 4 || /^embedded(:|$)/.test(mqtt.url);
  if (knowsNoExpiry && !relay.allowWithoutExpiry)
    problems.push({
      path: ['doors', at, 'relay'],
      sentence:
        'would never be sent anything: this broker speaks MQTT 3.1.1, which cannot drop a late command; use one of MQTT 5, or set allowWithoutExpiry: true where the relay has no persistent session',
    });
  return problems;
}

function problemWith(
  camera: Config['cameras'][number] | undefined,
  door: Config['doors'][number],
): string | undefined {
  if (camera === undefined) return 'is the id of no camera; give one of those under cameras';
  if (camera.customer !== door.customer) return 'is a camera of another customer than the door';
  if (door.liveness === 'require' && camera.liveness === 'off')
    return 'is a camera with liveness off, and the door requires it; set that of the camera to report or require';
  return undefined;
}
