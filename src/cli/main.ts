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
    io.stdout(COMMANDS.find((one) => one.name === args[0])?.help ?? help());
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((one) => one.name).join(", ");
    io.stderr(
      name === undefined ? help() : `nfwalk: expected a command (${names}), got "${name}"\n  hint: nfwalk --help\n`,
    );
    return 2;
  }
  if (args.some((one) => one === "--help" || one === "-h")) {
    io.stdout(command.help);
    return 0;
  }
  try {
    return command.run(args, io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.stderr(`${error.message}\n`);
    return 2;
  }
}
