import { type DoorRules, decideAtDoor } from '../access/decision.ts';
import { explain } from '../access/explain.ts';
import type { ApiDoors } from '../api/doors.ts';
import type { Identity } from '../domain/identity.ts';
import type { Match } from '../domain/person.ts';
import { judgeQuality, type QualityLimits } from '../domain/quality.ts';
import type { Gallery } from '../gallery/gallery.ts';
import type { Clock } from './clock.ts';
import type { Door } from './doors.ts';

/** What doors would decide of a face in a photo, now. A photo says nothing of liveness, further frames and the cooldown: they are taken as good. */
export function createDoorTrials(parts: {
  doors: readonly Door[];
  gallery: Pick<Gallery, 'search' | 'get'>;
  /** What a face must be to count before a camera. */
  quality: QualityLimits;
  clock: Pick<Clock, 'now' | 'doubt'>;
}): ApiDoors {
  const { doors, gallery, quality, clock } = parts;
  const doorOf = (customerId: string, id: string): Door | undefined =>
    doors.find(({ config }) => config.id === id && config.customer === customerId);

  return {
    has: (customerId, id) => doorOf(customerId, id) !== undefined,
    async tryFace(customerId, id, face) {
      const door = doorOf(customerId, id)!;
      const { rules } = door;
      const match = await gallery.search(customerId, face.embedding);
      const threshold = door.threshold();
      const identity = identityOf(match, threshold, rules);
      const person = identity.status === 'known' ? gallery.get(identity.candidate.personId) : undefined;
      const at = clock.now();
      const similarity = match.best?.similarity ?? -1;
      const verdict = decideAtDoor(
        {
          ...{ trackId: 'trial', camera: 'trial', customer: customerId, capturedAt: at, identity },
          ...{ similarity, frames: rules.minFrames, threshold, liveness: 'live' as const },
          ...{ mayAnnounce: true, isReplayed: false, model: face.embedding.modelId },
          ...(judgeQuality(face.quality, quality).length === 0 && { quality: face.quality }),
        },
        rules,
        {
          ...{ now: at, threshold, isGalleryWhole: door.isGalleryWhole() },
          ...{ wasReplayed: false, isCoolingDown: false, isClockSure: clock.doubt() === undefined },
          ...(person && { person }),
        },
      );
      const who = similarity >= threshold ? match.best?.customerPersonId : undefined;
      return {
        ...verdict,
        explanation: explain(verdict, {
          ...{ similarity, threshold, margin: match.margin, rules },
          ...(who !== undefined && { who }),
          ...(person?.access && { access: person.access }),
        }),
        ...(person && { customerPersonId: person.customerPersonId }),
        ...{ similarity, threshold, margin: match.margin },
      };
    },
  };
}

/** As a track whose frames all look like this photo. */
function identityOf(
  { best, margin }: Match,
  threshold: number,
  { minMargin, minFrames }: DoorRules,
): Identity {
  const similarity = best?.similarity ?? -1;
  if (!best || !(similarity >= threshold)) return { status: 'unknown', similarity, frames: minFrames };
  if (!(margin >= minMargin)) return { status: 'undecided' };
  return { status: 'known', candidate: best, similarity, margin, frames: minFrames };
}
