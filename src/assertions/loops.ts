import { packetWords } from "../explain/packet-words.ts";
import { fateText } from "../explain/summary.ts";
import { followProxies, type Hop, type Proxy as Relay, sidecarProxies } from "../mesh/journey/follow.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { decisionText } from "./decided.ts";
import { probes } from "./probes.ts";
import { lookedText, type Verdict } from "./report.ts";
import { type Flow, isFlow, isNetns } from "./subject.ts";

/** Who answers, and what is sent. */
export interface LoopOptions {
  /** Default: Envoy as an Istio sidecar, {@link sidecarProxies}. */
  readonly proxies?: readonly Relay[];
  /** Default: one for each way in which the rules may look at a connection. */
  readonly packets?: Iterable<PacketSpec | string>;
}

/** A packet, or several, in a namespace; or connections that were already followed. */
export type LoopSubject = Flow | Netns | Followed;

/** What `followProxies` and `journey` give, as far as it is needed here. */
export interface Followed {
  readonly hops: readonly Pick<Hop, "packet" | "walk">[];
  readonly end: string;
  readonly loop: { readonly hops: readonly unknown[] } | readonly unknown[] | null;
}

const isFollowed = (value: unknown): value is Followed =>
  typeof value === "object" && value !== null && "hops" in value && "end" in value && "loop" in value;

/** Follows what the subject says; a namespace gives one for each packet. */
function* followed(subject: unknown, { proxies = sidecarProxies(), packets }: LoopOptions) {
  if (isFollowed(subject)) yield { following: subject, netns: null };
  else if (isFlow(subject)) {
    const { netns, packet, ...options } = subject;
    yield { following: followProxies(netns, packet, proxies, options), netns };
  } else if (isNetns(subject))
    for (const packet of packets ?? probes(subject))
      yield { following: followProxies(subject, packet, proxies), netns: subject };
  else throw new TypeError("expected a namespace, { netns, packet }, or what followProxies or journey gives");
}

/** How many hops one round of the loop has. */
const roundOf = ({ loop }: Followed): number => (loop === null ? 0 : "hops" in loop ? loop.hops.length : loop.length);

/** One line a hop, those of the loop marked. */
function hopsText(following: Followed): string {
  const start = following.hops.length - roundOf(following);
  return following.hops
    .map(({ packet, walk }, at) => {
      const mark = following.loop !== null && at >= start ? "↻" : " ";
      return `${mark} ${packetWords(packet)}\n    ${fateText(walk.fate)}, ${decisionText(walk)}`;
    })
    .join("\n");
}

const explained = ({ hops }: Followed, netns: Netns | null): string => {
  const last = hops.at(-1)!;
  return lookedText({ walk: last.walk, flow: netns && { netns, packet: last.packet } });
};

/** Whether every connection comes to an end. With `.not`: whether at least one goes round for ever. */
export function judgeLoopFree(subject: unknown, options: LoopOptions = {}): Verdict {
  let looked = 0;
  for (const { following, netns } of followed(subject, options)) {
    looked++;
    if (following.end !== "loop") continue;
    const round = roundOf(following);
    const packet = packetWords(following.hops[0]!.packet);
    return {
      pass: false,
      message: () =>
        `expected no connection to go round, but ${packet} comes back after ${round} ${round === 1 ? "hop" : "hops"}:\n` +
        `${hopsText(following)}\n\n${explained(following, netns)}`,
    };
  }
  if (looked === 0) throw new TypeError("toBeLoopFree: there are no packets to follow");
  return {
    pass: true,
    message: () => `expected a connection to go round, but ${looked === 1 ? "it ends" : `all ${looked} end`}`,
  };
}

/** Whether a connection ends at the application behind the proxies. */
export function judgeReach(subject: unknown, options: LoopOptions = {}): Verdict {
  const [found] = [...followed(isNetns(subject) ? undefined : subject, options)];
  const { following, netns } = found!;
  const pass = following.end === "application";
  return {
    pass,
    message: () =>
      `expected ${packetWords(following.hops[0]!.packet)} ${pass ? "not " : ""}to reach the application, ` +
      `but it ends: ${following.end}\n${hopsText(following)}\n\n${explained(following, netns)}`,
  };
}
