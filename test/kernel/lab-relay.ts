import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RelaySettings } from "./journey-cases.ts";
import type { Agent } from "./lab-agent.ts";
import { ADDRESSES } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

interface End {
  readonly address: string;
  readonly port: number;
}

/** A connection that the relay accepted, and its own end of the one that it opened then. */
export interface Relayed {
  readonly port: number;
  readonly local: End;
  readonly peer: End;
  readonly original: End;
  readonly opened: End | null;
  readonly error?: string;
}

export interface Relay {
  readonly accepted: () => readonly Relayed[];
  readonly close: () => Promise<void>;
}

const SCRIPT = fileURLToPath(new URL("./relay.py", import.meta.url));

/** Starts the stand-in for Envoy in the pod; it opens nothing any more once it has accepted `rounds` connections. */
export async function startRelay(agent: Agent, family: Family, relay: RelaySettings, rounds: number): Promise<Relay> {
  const folder = mkdtempSync(join(tmpdir(), "nfwalk-relay-"));
  const log = join(folder, "accepted");
  const { uid = 1337, gid = 1337, bind = ADDRESSES[family].passthrough, upstreams = {} } = relay;
  const words = { family, ports: [15001, 15006], inbound: 15006, uid, gid, bind, upstreams, rounds, log };
  const { out } = await agent.run("pod", ["/usr/bin/python3", "-B", SCRIPT, JSON.stringify(words)]);
  const process = Number(out);
  // Gone, or dead and not yet waited for: its ports are free either way.
  const alive = `grep -qs '^State:[[:space:]][^Z]' /proc/${process}/status`;
  const end = `kill ${process}; for try in $(seq 100); do ${alive} || exit 0; sleep 0.02; done; exit 1`;
  return {
    accepted: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Relayed),
    close: async () => {
      await agent.run("pod", ["sh", "-c", end]);
      rmSync(folder, { recursive: true });
    },
  };
}
