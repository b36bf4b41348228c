import { type ParseArgsConfig, parseArgs } from "node:util";
import { Failure } from "./failure.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command was called with: its options by name, and what is not an option. */
export type Arguments<O extends Options> = ReturnType<
  typeof parseArgs<{ readonly options: O; readonly allowPositionals: true; readonly args: string[] }>
>;

/** Reads the arguments of a command. @throws Failure for an option that it does not have */
export function readArguments<const O extends Options>(
  command: string,
  args: readonly string[],
  options: O,
): Arguments<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true as const });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usage(command, error.message.replace(/\. To specify a positional argument.*$/s, ""));
  }
}

/** A failure that says where the help is. */
export const usage = (command: string, message: string): Failure =>
  new Failure(`nfwalk ${command}: ${message}\n  hint: nfwalk ${command} --help`);
