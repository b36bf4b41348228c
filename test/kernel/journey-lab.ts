/** Plays a case on the kernel and tells everything that can be seen of it. */
import { castOf } from "./journey-cast.ts";
import { type JourneyCase, type Mesh, whole } from "./journey-types.ts";
import { type RuleCounters, readCounters, risen } from "./lab-counters.ts";
import { ip } from "./lab-layout.ts";
import { type Acceptance, type Stage, setStage } from "./lab-relay.ts";
import { restoreTool, saveTool } from "./lab-rules.ts";
import { nodeRules, type Place, type SidecarLab } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

export const PLACES: readonly Place[] = ["pod", "peer", "node"];

export interface OnKernel {
  readonly accepted: readonly Acceptance[];
  /** The local port of the client, and how it fared: connected, failed; then answered or not, if it was let speak. */
  readonly client: { readonly port: number; readonly said: string };
  readonly failed: readonly string[];
  /** What rose in all tables while connections were made. */
  readonly counters: Readonly<Record<Place, RuleCounters>>;
}

/** `add` or `del`: the ways to lo for marked packets. */
function routing(family: Family, work: "add" | "del", { toLoopback }: Mesh): string {
  const dash = family === 6 ? "-6 " : "";
  const all = family === 4 ? "0.0.0.0/0" : "::/0";
  return toLoopback
    .flatMap(({ fwmark, table, priority }) => [
      `${dash}rule ${work} fwmark ${fwmark} lookup ${table}${priority === undefined ? "" : ` pref ${priority}`}`,
      `${dash}route ${work} local ${all} dev lo table ${table}`,
    ])
    .join("\n");
}

/** Connections after which the stand-ins open nothing any more. */
export async function onKernel(
  lab: SidecarLab,
  family: Family,
  wanted: JourneyCase,
  rounds: number,
): Promise<OnKernel> {
  const { agent, flavour } = lab;
  const meshes = { pod: wanted.pod, peer: wanted.peer };
  const rules = {
    pod: wanted.pod.rules,
    peer: wanted.peer?.rules ?? whole(""),
    node: whole(nodeRules(family, wanted.node)),
  };
  const counters = async (place: Place) =>
    readCounters(await agent.call<string>("save", { ns: place, save: saveTool(family, flavour) }));
  for (const place of PLACES) await agent.run(place, restoreTool(family, flavour), rules[place]);
  for (const place of PLACES) await agent.call("flush", { ns: place });
  const before = new Map<Place, Map<string, number>>();
  for (const place of PLACES) before.set(place, await counters(place));
  for (const [place, mesh] of Object.entries(meshes)) if (mesh) await ip(agent, place, routing(family, "add", mesh));
  const sysctl = await agent.call<object>("sysctl", { ns: "pod", values: wanted.sysctl ?? {} });
  const cast = castOf(wanted, family);
  const stage: Stage = await setStage(
    agent,
    family,
    { pod: cast.pod.map(({ standIn }) => standIn), peer: cast.peer.map(({ standIn }) => standIn) },
    rounds,
  );
  try {
    const connection = { proto: "tcp", uid: 0, gid: 0, ...wanted.connection };
    const { accepted, client, failed } = await stage.play(wanted.from, connection);
    const after = new Map<Place, RuleCounters>();
    for (const place of PLACES) after.set(place, risen(before.get(place)!, await counters(place)));
    const speaks =
      connection.proto === "tcp" && client[0]!.client === "connected" && accepted.at(-1)?.role === "answer";
    const said = speaks ? await stage.speak() : client.at(-1)!.client;
    return {
      accepted,
      client: { port: client[0]!.local!.port, said },
      failed: failed.map(({ failed, error }) => `${failed}: ${error}`),
      counters: Object.fromEntries(after) as OnKernel["counters"],
    };
  } finally {
    try {
      await stage.close();
    } finally {
      await agent.call("sysctl", { ns: "pod", values: sysctl });
      for (const [place, mesh] of Object.entries(meshes))
        if (mesh) await ip(agent, place, routing(family, "del", mesh));
    }
  }
}
