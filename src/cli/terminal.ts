/** What a command may know of the process it runs in; main.ts fills it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line of result on standard output. */
  print(line: string): void;
  /** One line of progress or complaint on standard error. */
  note(line: string): void;
  /** Puts the line in the place of the one it wrote before, on standard error; absent where that is no terminal. */
  redraw?(line: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Aborts at SIGTERM or SIGINT. */
  readonly stopped: AbortSignal;
  /** Ends the process at once: for damage that must not spread. */
  die(exitCode: number): never;
}
