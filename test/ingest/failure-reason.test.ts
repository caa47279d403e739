import { describe, expect, it } from 'vitest';
import {
  hintOfLine,
  REASON_MESSAGES,
  type RunEnd,
  reasonOfEnd,
  type StderrHint,
} from '../../src/ingest/failure-reason.ts';

function end(changes: Partial<RunEnd>, ...lines: string[]): RunEnd {
  const hints = new Set(lines.map(hintOfLine).filter((hint): hint is StderrHint => hint !== undefined));
  return { source: 'rtsp', live: false, exitCode: 1, signal: null, hints, ...changes };
}

describe('the reason a camera is not live', () => {
  // Lines as ffmpeg 5.1 wrote them when the fault was made.
  it.each([
    ['auth_failed', '[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized'],
    ['auth_failed', 'Server returned 403 Forbidden (access denied)'],
    ['path_not_found', '[rtsp @ 0x1] method DESCRIBE failed: 404 Not Found'],
    ['transport_unsupported', '[rtsp @ 0x1] method SETUP failed: 461 Unsupported Transport'],
    ['refused', 'Connection to tcp://127.0.0.1:1?timeout=5000000 failed: Connection refused'],
    ['dns', '[tcp @ 0x1] Failed to resolve hostname camera.invalid: Name or service not known'],
    ['unreachable', 'Connection to tcp://10.9.9.9:554 failed: Connection timed out'],
    ['unreachable', 'Connection to tcp://10.9.9.9:554 failed: No route to host'],
    ['no_video', 'Output file #0 does not contain any stream'],
    ['no_video', "Stream map '0:v' matches no streams."],
    ['not_rtsp_or_silent', 'pipe:0: Invalid data found when processing input'],
    ['not_rtsp_or_silent', 'Server returned 5XX Server Error reply'],
    ['ffmpeg_missing', 'setpriv: failed to execute /usr/bin/ffmpeg: No such file or directory'],
  ])('is %s where ffmpeg says "%s"', (reason, line) => {
    expect(reasonOfEnd(end({}, line))).toBe(reason);
  });

  it('is what the camera answered, not what ffmpeg made of it', () => {
    const lines = [
      'pipe:0: Invalid data found when processing input',
      '[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized',
    ];
    expect(reasonOfEnd(end({}, ...lines))).toBe('auth_failed');
    expect(reasonOfEnd(end({}, ...lines.toReversed()))).toBe('auth_failed');
  });

  it.each([
    ['camera_closed', { live: true, exitCode: 0 }, ''],
    ['camera_closed', { live: false, exitCode: 0 }, ''],
    ['stalled', { live: true, exitCode: 0 }, 'pipe:0: Connection timed out'],
    ['stalled_killed', { live: true, exitCode: null, signal: 'SIGTERM', endedBy: 'stall' }, ''],
    ['stalled_killed', { live: true, exitCode: 255, endedBy: 'stall' }, '[h264] Invalid data found'],
    ['not_rtsp_or_silent', { live: false, exitCode: 255, endedBy: 'stall' }, ''],
    ['unreachable', { live: false, exitCode: 255, endedBy: 'stall' }, 'Connection timed out'],
    ['size_changed', { live: true, exitCode: 255, endedBy: 'picture_size_changed' }, ''],
    ['decoder_crashed', { live: true, exitCode: null, signal: 'SIGSEGV' }, ''],
    ['decoder_crashed', { live: true, exitCode: 1 }, '[h264] Invalid data found'],
    ['decoder_crashed', { live: false, exitCode: 1 }, 'Error initializing filters'],
    ['ffmpeg_missing', { exitCode: null, spawnFailed: true }, ''],
  ] as const)('is %s after %o and "%s"', (reason, changes, line) => {
    expect(reasonOfEnd(end(changes, line))).toBe(reason);
  });

  it('of a file or device is named after it', () => {
    const missing = 'x: No such file or directory';
    expect(reasonOfEnd(end({ source: 'file' }, missing))).toBe('no_file');
    expect(reasonOfEnd(end({ source: 'file' }, 'x: Invalid data found'))).toBe('no_file');
    expect(reasonOfEnd(end({ source: 'file', live: true, exitCode: 0 }))).toBe('end_of_file');
    expect(reasonOfEnd(end({ source: 'device' }, missing))).toBe('no_device');
    expect(reasonOfEnd(end({ source: 'device' }, 'x: Device or resource busy'))).toBe('no_device');
    expect(reasonOfEnd(end({ source: 'device', live: true, exitCode: 0 }))).toBe('camera_closed');
  });

  it('is told in one sentence', () => {
    for (const message of Object.values(REASON_MESSAGES))
      expect(message).toMatch(/^[A-Zf][^.]*(\.[^ .]+)*\.$/);
  });
});
