import { endText } from "../../net/endpoint.ts";
import type { Netns } from "../../netns/netns.ts";
import { refName } from "../../predicate/rule-ref.ts";
import { decidingRules } from "../../walk/decision.ts";
import type { Fate, RulePlace, Walk } from "../../walk/run/walk.ts";
import type { World } from "../world/world.ts";
import type { JourneyCost, JourneyEnd, JourneyHop, JourneyLoop } from "./types.ts";

const placeText = ({ table, chain, rule, policy }: RulePlace): string =>
  rule === undefined ? `the policy ${policy} of ${table} ${chain}` : `${table} ${chain} ${rule}`;

/** The end of a journey whose last packet nobody accepts, and one sentence on it; null where it is delivered. */
export function deadEnd(fate: Fate, place: string): { readonly end: JourneyEnd; readonly reason: string } | null {
  switch (fate.kind) {
    case "delivered":
      if (fate.socket !== null || fate.dport === undefined) return null;
      return {
        end: "refused",
        reason: `nobody listens at ${endText({ address: fate.dst, port: fate.dport })} in ${place}`,
      };
    case "sent":
      return { end: "outside", reason: `it leaves ${place} by ${fate.out} for ${fate.dst}` };
    case "dropped":
      return { end: "dropped", reason: `${placeText(fate)} drops it in ${place}` };
    case "queued":
      return { end: "dropped", reason: `${placeText(fate)} hands it to a program in ${place}` };
    case "rejected":
      return { end: "rejected", reason: `${placeText(fate)} rejects it in ${place} with ${fate.with}` };
    case "answered":
      return { end: "undetermined", reason: `${placeText(fate)} answers it in ${place} with ${fate.with}` };
    case "unroutable":
      return { end: "unroutable", reason: `it cannot go on in ${place}: ${fate.reason}` };
    case "undetermined":
      return { end: "undetermined", reason: `in ${place}: ${fate.because.map((one) => one.message).join("; ")}` };
  }
}

const LETS_PASS: ReadonlySet<string | null> = new Set(["RETURN", "ACCEPT"]);

/** The loop of one round, closed by the last rule of it that moved a packet; else by the last that let one pass. */
export function loopOf(round: readonly JourneyHop[]): JourneyLoop {
  const decided = round.flatMap(({ walk }) => decidingRules(walk.steps, walk.fate) ?? []).reverse();
  const closing = decided.find(({ rule }) => !LETS_PASS.has(rule.target)) ?? decided[0];
  return { hops: round, closedBy: closing?.rule ?? null, via: closing?.via ?? null };
}

export function loopText({ hops, closedBy, via }: JourneyLoop): string {
  const [first] = hops;
  const round = hops.map((hop) => hop.acceptedBy ?? hop.place).join(" → ");
  const rules = closedBy === null ? "" : ` by ${via === null ? "" : `${refName(via)} → `}${refName(closedBy)}`;
  return `${round} opens the same connection again (to ${endText({ address: first!.packet.dst, port: first!.packet.dport })}), caught${rules}`;
}

type Tuple = { readonly src: string; readonly dst: string; readonly sport?: number; readonly dport?: number };

/** How many ends of a connection a namespace rewrote: its destination, its source. */
function translationsOf({ conntrack }: Walk): number {
  if (conntrack === null) return 0;
  const { original, reply } = conntrack as { readonly original: Tuple; readonly reply: Tuple };
  const destination = reply.src !== original.dst || reply.sport !== original.dport;
  const source = reply.dst !== original.src || reply.dport !== original.sport;
  return Number(destination) + Number(source);
}

export function costOf(world: World, hops: readonly JourneyHop[], namespaces: ReadonlyMap<string, Netns>): JourneyCost {
  // Out and in again over lo are two passes through the stack.
  const passes = hops.map(({ packet, walk }) => (packet.in === undefined && walk.fate.kind === "delivered" ? 2 : 1));
  const entries = world.places.map(({ name, netns }) => namespaces.get(name)!.conntrack.size - netns.conntrack.size);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    traversals: sum(passes),
    translations: sum(hops.map(({ walk }) => translationsOf(walk))),
    entries: sum(entries),
    connections: hops.filter(({ how }) => how === "open").length,
  };
}
