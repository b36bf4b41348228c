import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearName } from "../text/near.ts";
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
    const message = error.message.replace(/\. To specify a positional argument.*$/s, "");
    throw usage(command, message, hintFor(/^Unknown option '(.*)'$/.exec(message)?.[1], Object.keys(options)));
  }
}

/** What may have been meant by an option that is not there. */
function hintFor(unknown: string | undefined, known: readonly string[]): string | undefined {
  if (unknown === undefined) return undefined;
  if (unknown === "->") return QUOTES;
  const near = nearName(unknown.replace(/^--?/, ""), known);
  return near === undefined ? undefined : `did you mean --${near}?`;
}

/** Unquoted, `->` is a redirection into a file for the shell, and the words around it are arguments of their own. */
export const QUOTES = 'a packet is one argument, in quotes: "tcp 10.0.0.2:40000 -> 10.96.0.10:80 uid=1000"';

/** A failure with a hint, if nothing better is known where the help is. */
export const usage = (command: string, message: string, hint = `nfwalk ${command} --help`): Failure =>
  new Failure(`nfwalk ${command}: ${message}\n  hint: ${hint}`);
