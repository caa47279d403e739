import type { Problem } from './problems.ts';
import type { Config } from './schema.ts';

/** What is wrong with the doors of a configuration that is right by itself: ids that repeat, cameras that do not fit. */
export function doorProblems({ doors, cameras }: Config): Problem[] {
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
    return first === at ? wrong : [repeated, ...wrong];
  });
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
