import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';
import type { OperatingPoint } from '../domain/identity.ts';
import { auditFindings, fourDigits, MAX_FINDINGS } from './audit-findings.ts';
import type { AuditReport } from './audit-report.ts';
import { farReport } from './far-report.ts';
import type { Gallery } from './gallery.ts';
import { scanPairs } from './pair-scan.ts';

/** Looks for what makes a gallery unsafe: weak, outlying and stale templates, and persons who look alike. */
export interface GalleryAuditor {
  /** Measures the customer's gallery; `far` adds the gallery against itself. Throws `overloaded` while another audit runs, `invalid_request` when `signal` aborts. */
  audit(customerId: string, options: { far: boolean; signal: AbortSignal }): Promise<AuditReport>;
}

/** Up to so many templates each is compared with each. */
const MAX_TEMPLATES = 20_000;

/** How far below the threshold two persons already count as confusable. */
const CONFUSABLE_BAND = 0.05;

/** What an auditor needs; beyond `maxTemplates` (20,000) every k-th person stands for all. */
export interface AuditorParts {
  readonly gallery: Pick<Gallery, 'snapshot' | 'get'>;
  readonly operatingPoint: (persons: number) => OperatingPoint;
  /** The least norm of an enrolled image. */
  readonly minNorm: number;
  readonly maxTemplates?: number;
}

/** An auditor of a gallery; it computes on the calling thread in stretches of a few milliseconds, one audit at a time. */
export function createGalleryAuditor(parts: AuditorParts): GalleryAuditor {
  let isRunning = false;
  return {
    async audit(customerId, options) {
      if (isRunning)
        throw new FacegateError('overloaded', 'An audit is running already; ask again when it has ended.', {
          details: { retryAfterSeconds: 10 },
        });
      isRunning = true;
      try {
        return await audit(parts, customerId, options);
      } finally {
        isRunning = false;
      }
    },
  };
}

async function audit(
  { gallery, operatingPoint, minNorm, maxTemplates = MAX_TEMPLATES }: AuditorParts,
  customerId: string,
  { far, signal }: { far: boolean; signal: AbortSignal },
): Promise<AuditReport> {
  const pause = async () => {
    await setImmediate();
    if (signal.aborted) throw new FacegateError('invalid_request', 'The client went away during the audit.');
  };
  await pause();
  const snapshot = await gallery.snapshot(customerId, { maxTemplates, pause });
  const { total } = snapshot;
  const threshold = operatingPoint(total.persons).similarity;
  const ownThreshold = operatingPoint(1).similarity;
  const closeFrom = threshold - CONFUSABLE_BAND;
  const scan = await scanPairs(snapshot, { closeFrom, maxClose: MAX_FINDINGS, pause });
  const findings = auditFindings(snapshot, scan, { minNorm, ownThreshold }, (personId, templateId) =>
    imageName(gallery, personId, templateId),
  );
  await pause();
  const compared = scan.own.length;
  return {
    exact: total.templates <= maxTemplates,
    persons: total.persons,
    templates: total.templates,
    compared_templates: compared,
    other_model_templates: total.otherModel,
    threshold: fourDigits(threshold),
    own_threshold: fourDigits(ownThreshold),
    min_norm: minNorm,
    ...findings,
    ...(far ? { far: farReport(snapshot, scan, threshold) } : {}),
  };
}

function imageName({ get }: Pick<Gallery, 'get'>, personId: string, templateId: string): string | undefined {
  return get(personId)?.images.find(image => image.templateId === templateId)?.name;
}
