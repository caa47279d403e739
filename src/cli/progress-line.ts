import type { Terminal } from './terminal.ts';

/** Tells how far long work is: a line that is drawn again on a terminal, a line of a log now and then elsewhere. */
export interface ProgressLine {
  /** How far it is now; most calls show nothing. */
  show(text: () => string): void;
  /** Takes the line away, as the work is done or something else is to be said. */
  clear(): void;
}

/** Time between two lines where they are lines of a log. */
const LINE_EVERY_MS = 5000;
const REDRAW_EVERY_MS = 100;

/** Nothing is shown yet. `now` is in milliseconds. */
export function createProgressLine(terminal: Terminal, now: () => number): ProgressLine {
  let shownAt = now();
  return {
    show: text => {
      const every = terminal.redraw ? REDRAW_EVERY_MS : LINE_EVERY_MS;
      if (now() - shownAt < every) return;
      shownAt = now();
      if (terminal.redraw) terminal.redraw(text());
      else terminal.note(`${text()} ...`);
    },
    clear: () => terminal.redraw?.(''),
  };
}
