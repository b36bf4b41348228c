import type { Io } from "./io.ts";
import { oneOf } from "./read-input.ts";

/** Whether to colour: as told, else on a terminal unless NO_COLOR is set (no-color.org) or it is a dumb one. */
export function wantsColor(choice: string | undefined, io: Io): boolean {
  const told = oneOf("--color", choice, ["auto", "always", "never"] as const) ?? "auto";
  if (told !== "auto") return told === "always";
  return io.isTTY && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb";
}
