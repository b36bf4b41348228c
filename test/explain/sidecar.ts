import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "../../src/iptables/dump/parse.ts";
import { createNetns, type Netns } from "../../src/netns/netns.ts";

export const SIDECAR_FILE: string = fileURLToPath(new URL("../../examples/dumps/istio-sidecar.txt", import.meta.url));

/** The example's sidecar in a namespace that nobody described. */
export const SIDECAR: Netns = createNetns({ rulesets: [parse(readFileSync(SIDECAR_FILE, "utf8")).ruleset] });

/** A namespace with these rules, in any form. */
export const netnsOf = (text: string, spec: Parameters<typeof createNetns>[0] = {}): Netns =>
  createNetns({ ...spec, rulesets: [parse(text).ruleset] });
