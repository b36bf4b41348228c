/** Holds what the kernel did with a case to what `journey` says of it. */
import { expect } from "vitest";
import type { Journey, JourneyHop } from "../../src/index.ts";
import { castOf } from "./journey-cast.ts";
import { handshakes, type Shaken } from "./journey-handshake.ts";
import { type OnKernel, PLACES } from "./journey-lab.ts";
import type { JourneyCase } from "./journey-types.ts";
import { acceptances, labWorld, natCounters, travel, unrolled } from "./journey-walk.ts";
import type { RuleCounters } from "./lab-counters.ts";
import type { Family } from "./lab-types.ts";

const natOf = (counters: RuleCounters): RuleCounters =>
  Object.fromEntries(Object.entries(counters).filter(([place]) => place.startsWith("nat ")));

/** Everybody who accepted, without the ports that a kernel draws. */
const told = ({ accepted }: OnKernel): readonly object[] =>
  accepted.map(({ opened: _, role: __, cut: ___, refused: ____, peer, ...rest }) => ({ ...rest, peer: peer.address }));

const HANGS: ReadonlySet<string> = new Set(["unanswered", "refused", "dropped", "rejected", "unroutable"]);

/** How the client fared: its own connection hangs, or it is accepted, and then it is answered or not. */
function fared({ hops, end }: Journey, { answered }: Shaken): readonly string[] {
  const [first] = hops;
  const opened = hops.filter(({ how }) => how === "open").length;
  const udp = first!.packet.proto === "udp";
  if (udp && end === "loop") return ["connected", "unanswered"];
  if (udp) return [end === "application" && !answered.includes(false) ? "answered" : "unanswered"];
  if (end === "application") return ["answered"];
  return [opened === 1 && HANGS.has(end) && hops.at(-1)!.acceptedBy === null ? "failed" : "connected"];
}

/** Whether it was a proxy whose last connection did not come about. */
const fails = (hops: readonly JourneyHop[], { end }: Journey): boolean =>
  HANGS.has(end) && hops.filter(({ how }) => how === "open").length > 1 && hops.at(-1)!.acceptedBy === null;

export function judge(wanted: JourneyCase, family: Family, kernel: OnKernel, rounds: number): Journey {
  const cast = castOf(wanted, family);
  const world = labWorld(wanted, family, cast);
  const found = travel(world, wanted);
  const hops = unrolled(found, rounds);
  const shaken = handshakes(world, hops, cast, found.end === "loop");

  expect(told(kernel)).toEqual(acceptances(hops));
  // A datagram's answer may be NEW to nat, too: in another zone, or from another address than was asked.
  const udp = wanted.connection.proto === "udp";
  for (const place of udp ? [] : PLACES) expect(natOf(kernel.counters[place])).toEqual(natCounters(hops, place));
  expect(kernel.counters).toEqual(shaken.counters);
  expect(kernel.accepted.filter(({ cut }) => cut)).toHaveLength(found.end === "loop" ? 1 : 0);
  expect(kernel.failed).toHaveLength(fails(hops, found) ? 1 : 0);
  expect(fared(found, shaken)).toContain(kernel.client.said);
  if (!udp) expect(shaken.answered.includes(false)).toBe(found.end === "unanswered");
  // Each connection that is opened is the next one that somebody accepts: same port, if not address.
  const opened = [kernel.client.port, ...kernel.accepted.map((one) => one.opened?.port)];
  expect(kernel.accepted.map(({ peer }) => peer.port)).toEqual(opened.slice(0, kernel.accepted.length));
  return found;
}
