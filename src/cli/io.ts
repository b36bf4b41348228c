/** Everything that a command does to the world outside; tests give one of their own. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** All of standard input. */
  readonly stdin: () => string;
  /** @throws Error as `fs.readFileSync` does */
  readonly readFile: (path: string) => string;
  /** @throws Error as `fs.writeFileSync` does */
  readonly writeFile: (path: string, text: string) => void;
  /** Whether standard output is a terminal. */
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

/** What a command answers: 0 yes or done, 1 the answer is no, 2 bad input. */
export type ExitCode = 0 | 1 | 2;

/** One command of the binary. */
export interface Command {
  readonly name: string;
  /** In a few words, for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  readonly run: (args: readonly string[], io: Io) => ExitCode;
}
