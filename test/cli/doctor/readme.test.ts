import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findingLine } from '../../../src/cli/doctor/finding.ts';

it('README shows findings as the doctor prints them', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const shown = readme.split('\n').filter(line => /^(ok {2}|WARN|FAIL) /.test(line));
  expect(shown.length).toBeGreaterThan(10);
  const pattern = /^(ok|WARN|FAIL)\s+(\w+)(?: (\w+))? {2,}(.*)$/;
  for (const line of shown) {
    const [, status, check, subject, message] = pattern.exec(line)!;
    const finding = { status: status!.toLowerCase(), check, message, ...(subject && { subject }) };
    expect(findingLine(finding as Parameters<typeof findingLine>[0])).toBe(line);
  }
});
