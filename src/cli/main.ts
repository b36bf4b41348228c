import { nearName } from "../text/near.ts";
import { COMMANDS } from "./commands.ts";
import { Failure } from "./failure.ts";
import type { ExitCode, Io } from "./io.ts";

const help = (): string => `Usage: nfwalk COMMAND …

Loads what iptables prints and walks packets through it as the Linux kernel would.

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`).join("\n")}

nfwalk COMMAND --help says more; nfwalk --version prints the version.
Exit code: 0 yes or done, 1 the answer is no, 2 bad input.
`;

/** What is told of a command that is not there. */
function unknownCommand(name: string): string {
  const names = COMMANDS.map((one) => one.name);
  const near = nearName(name, names);
  const hint = near === undefined ? "nfwalk --help" : `did you mean ${near}?`;
  return `nfwalk: expected a command (${names.join(", ")}), got "${name}"\n  hint: ${hint}\n`;
}

/** Standard input gives its text once; whoever asks again would read nothing, and take that for an answer. */
function readingOnce(io: Io): Io {
  let text: string | undefined;
  const stdin = (): string => {
    if (text !== undefined) throw new Failure("standard input can be read once, and - asks for it twice");
    text = io.stdin();
    return text;
  };
  return { ...io, stdin };
}

/**
 * Runs one command line, without the program's name, and gives its exit code. Bad input is told on standard error with
 * its place; anything else that is thrown is a fault of nfwalk and is passed on.
 */
export function main(argv: readonly string[], io: Io): ExitCode {
  const [name, ...args] = argv;
  if (name === "--version" || name === "-V") {
    io.stdout(`${io.version}\n`);
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    const about = COMMANDS.find((one) => one.name === args[0]);
    if (about === undefined && name === "help" && args[0] !== undefined) {
      io.stderr(unknownCommand(args[0]));
      return 2;
    }
    io.stdout(about?.help ?? help());
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    io.stderr(name === undefined ? help() : unknownCommand(name));
    return 2;
  }
  if (args.some((one) => one === "--help" || one === "-h")) {
    io.stdout(command.help);
    return 0;
  }
  try {
    return command.run(args, readingOnce(io));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.stderr(`${error.message}\n`);
    return 2;
  }
}
