/** The processes of a pod on the kernel: relay.py in each namespace that has some, and what they log. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Agent } from "./lab-agent.ts";
import type { Place } from "./lab-sidecar.ts";
import type { Family, LabPacket } from "./lab-types.ts";

export interface End {
  readonly address: string;
  readonly port: number;
}

/** What a socket is made with. */
interface SocketWords {
  readonly uid?: number;
  readonly gid?: number;
  readonly mark?: number;
  readonly transparent?: boolean;
}

/** A process as relay.py plays it: the owner and mark of its listeners, and what it opens. */
export interface StandIn extends SocketWords {
  readonly name: string;
  readonly ports: readonly (SocketWords & {
    readonly port: number;
    readonly proto?: "tcp" | "udp";
    readonly role: "outbound" | "inbound" | "tunnel" | "dns" | "answer";
    readonly address?: string;
  })[];
  readonly opens?: SocketWords;
  /** Connections to the application: from `bind`, else from the client's own address. */
  readonly inbound?: SocketWords & { readonly bind?: string };
  readonly upstreams?: Readonly<Record<string, string>>;
  readonly hbone?: boolean;
  readonly plain?: readonly string[];
  readonly resolver?: string;
}

/** A connection or a datagram that somebody accepted, and the own end of what was opened then. */
export interface Acceptance {
  readonly place: Place;
  readonly by: string;
  readonly role: string;
  readonly port: number;
  readonly local: End;
  readonly peer: End;
  readonly original: End;
  readonly opened: End | null;
  /** It was the last of the rounds. */
  readonly cut?: true;
  /** It was going to the listener's own port. */
  readonly refused?: true;
}

/** What the log says: acceptances, openings that failed, and how the client fared. */
interface Played {
  readonly accepted: readonly Acceptance[];
  readonly failed: readonly { readonly failed: string; readonly error: string }[];
  readonly crashed: readonly { readonly crashed: string }[];
  readonly client: readonly { readonly client: string; readonly error?: string; readonly local?: End }[];
}

export interface Stage {
  /** Plays until an application has accepted, the rounds are over, or somebody has given up. */
  readonly play: (from: Place, connection: LabPacket) => Promise<Played>;
  /** Lets the client speak, and tells whether it got its answer through all that stands between. */
  readonly speak: () => Promise<string>;
  readonly close: () => Promise<void>;
}

const SCRIPT = fileURLToPath(new URL("./relay.py", import.meta.url));

/** Sets the stand-ins up in their places; the proxies of a place open nothing more after `rounds` connections. */
export async function setStage(
  agent: Agent,
  family: Family,
  cast: Readonly<Partial<Record<Place, readonly StandIn[]>>>,
  rounds: number,
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "nfwalk-relay-"));
  const log = join(folder, "log");
  const tunnels = join(folder, "tunnels");
  mkdirSync(tunnels);
  writeFileSync(log, "");
  const started: { readonly place: Place; readonly process: number }[] = [];

  const start = async (place: Place, actors: readonly StandIn[], client?: LabPacket): Promise<number> => {
    const words = { family, place, log, folder: tunnels, rounds, actors: actors.map(filled), client };
    const { out } = await agent.run(place, ["/usr/bin/python3", "-B", SCRIPT, JSON.stringify(words)]);
    started.push({ place, process: Number(out) });
    return Number(out);
  };
  const read = (): Played => {
    const lines = readFileSync(log, "utf8").split("\n");
    const all = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as object);
    return {
      accepted: all.filter((one): one is Acceptance => "by" in one),
      failed: all.filter((one): one is Played["failed"][number] => "failed" in one),
      crashed: all.filter((one): one is Played["crashed"][number] => "crashed" in one),
      client: all.filter((one): one is Played["client"][number] => "client" in one),
    };
  };
  const until = async (done: (played: Played) => boolean): Promise<Played> => {
    for (let tries = 0; tries < 400; tries++) {
      const played = read();
      if (played.crashed.length > 0 || done(played)) return played;
      await sleep(10);
    }
    throw new Error(`journeys: the stand-ins are stuck at ${readFileSync(log, "utf8")}`);
  };
  /** Ends a process; when it is gone, or dead and not yet waited for, its ports are free. */
  const end = (process: number): string =>
    `kill ${process} 2>&1 && for try in $(seq 200); do grep -qs '^State:[[:space:]][^Z]' /proc/${process}/status || break; sleep 0.01; done`;

  for (const [place, actors] of Object.entries(cast)) await start(place as Place, actors);
  return {
    play: async (from, connection) => {
      await start(from, [], connection);
      return until(({ accepted, failed, client }) => {
        const said = client.at(-1)?.client;
        if (said === undefined) return false;
        if (said === "failed" || failed.length > 0 || accepted.some(({ cut, refused }) => cut || refused)) return true;
        if (connection.proto === "udp") return said === "answered" || said === "unanswered";
        return accepted.some(({ role }) => role === "answer");
      });
    },
    speak: async () => {
      const { place, process } = started.at(-1)!;
      await agent.run(place, ["sh", "-c", `kill -USR1 ${process}`]);
      const { client } = await until((played) => played.client.length > 1);
      return client.at(-1)!.client;
    },
    close: async () => {
      const crashed = read().crashed.map((one) => one.crashed);
      try {
        for (const { place, process } of started) await agent.run(place, ["sh", "-c", end(process)]);
      } finally {
        rmSync(folder, { recursive: true });
      }
      if (crashed.length > 0) throw new Error(`journeys: a stand-in broke: ${crashed.join("; ")}`);
    },
  };
}

/** With what is left out said, so that relay.py need not guess. */
const filled = (actor: StandIn): StandIn => ({
  opens: {},
  inbound: {},
  upstreams: {},
  hbone: false,
  plain: [],
  ...actor,
});
