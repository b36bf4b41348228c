/**
 * The live-kernel laboratory: private network namespaces in which rules are loaded and packets sent, and in which
 * everything that this does can be read back. Nothing of the host is touched, and nothing is left behind: the
 * namespaces belong to one process (agent.py) and vanish with it.
 */

import { accessSync, constants } from "node:fs";
import type { RouteSpec, RuleSpec } from "../../src/index.ts";
import { type Agent, startAgent } from "./lab-agent.ts";
import { buildHost, unable } from "./lab-layout.ts";
import type { Family, Flavour } from "./lab-types.ts";

/** What the last session left set, so that the next one changes only what differs. */
interface LabState {
  family: Family | undefined;
  /** Values that sysctls had before a session first set them. */
  readonly sysctl: Record<string, number>;
  ipRules: readonly RuleSpec[];
  ipRoutes: readonly RouteSpec[];
}

export interface Lab {
  readonly flavour: Flavour;
  readonly agent: Agent;
  readonly state: LabState;
  readonly close: () => Promise<void>;
}

let laboratories = 0;

/** Builds the host of kernel-cases/README.md: `lo`, `eth0`, `eth1`, mute neighbours, no answers of its own. */
export async function createLab({ flavour }: { readonly flavour: Flavour }): Promise<Lab> {
  const agent = startAgent(laboratories++);
  try {
    await buildHost(agent);
  } catch (error) {
    await agent.close();
    throw error;
  }
  const state: LabState = { family: undefined, sysctl: {}, ipRules: [], ipRoutes: [] };
  return { flavour, agent, state, close: agent.close };
}

const TOOLS = ["/usr/bin/python3", "ip", "nft", "iptables-legacy-restore", "iptables-nft-restore"];

function isInstalled(tool: string): boolean {
  const places = tool.startsWith("/") ? [tool] : (process.env.PATH ?? "").split(":").map((place) => `${place}/${tool}`);
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why the laboratory cannot run here, or undefined if it can. */
export function labUnavailable(): string | undefined {
  return unable(TOOLS.filter((tool) => !isInstalled(tool)));
}
