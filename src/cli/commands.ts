import { explainCommand } from "./explain.ts";
import type { Command } from "./io.ts";
import { istioCommand } from "./istio.ts";
import { journeyCommand } from "./journey.ts";
import { walkCommand } from "./walk.ts";

/** Every command, in the order in which the help lists them: the one place where commands are wired. */
export const COMMANDS: readonly Command[] = [explainCommand, walkCommand, journeyCommand, istioCommand];
