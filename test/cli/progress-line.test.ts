import { describe, expect, it } from 'vitest';
import { createProgressLine } from '../../src/cli/progress-line.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

function setup({ draws }: { draws: boolean }) {
  let time = 0;
  const drawn: string[] = [];
  const noted: string[] = [];
  const terminal = {
    note: (line: string) => noted.push(line),
    ...(draws && { redraw: (line: string) => drawn.push(line) }),
  } as unknown as Terminal;
  const line = createProgressLine(terminal, () => time);
  return {
    drawn,
    noted,
    line,
    pass: (ms: number, text: string) => {
      time += ms;
      line.show(() => text);
    },
  };
}

describe('a line of progress', () => {
  it('is drawn again on a terminal ten times a second, and taken away', () => {
    const { drawn, noted, line, pass } = setup({ draws: true });
    for (const [at, ms] of [50, 50, 50, 60].entries()) pass(ms, `step ${at}`);
    line.clear();
    expect(drawn).toEqual(['step 1', 'step 3', '']);
    expect(noted).toEqual([]);
  });

  it('is a line of the log every five seconds elsewhere', () => {
    const { noted, line, pass } = setup({ draws: false });
    for (const [at, ms] of [4000, 999, 1, 4999].entries()) pass(ms, `step ${at}`);
    line.clear();
    expect(noted).toEqual(['step 2 ...']);
  });
});
