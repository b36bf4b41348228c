import { readFileSync } from "node:fs";
import { parse } from "../../src/dump/parse.ts";
import { createNetns, type Netns } from "../../src/traverse/netns.ts";

export const SIDECAR_FILE: string = new URL("../../examples/dumps/istio-sidecar.txt", import.meta.url).pathname;

/** The example's sidecar in a namespace that nobody described. */
export const SIDECAR: Netns = createNetns({ rulesets: [parse(readFileSync(SIDECAR_FILE, "utf8")).ruleset] });

/** A namespace with these rules, in any form. */
export const netnsOf = (text: string, spec: Parameters<typeof createNetns>[0] = {}): Netns =>
  createNetns({ ...spec, rulesets: [parse(text).ruleset] });
