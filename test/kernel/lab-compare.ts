import type { Observed, SeenEntry, SeenHeaders, SeenTuple } from "./lab-types.ts";

/** One thing about one packet in which two accounts differ. */
export interface Difference {
  /** Index of the packet in its session. */
  readonly packet: number;
  readonly what: "counters" | "landing" | "leaving" | "conntrack" | "undetermined";
  readonly kernel: unknown;
  readonly walk: unknown;
}

/** The parts of the library's walk that the kernel can be asked about (contract.md, "What a walk is"). */
export interface ComparableWalk {
  readonly fate: {
    readonly kind: string;
    readonly in?: string;
    readonly out?: string;
    readonly src?: string;
    readonly dst?: string;
    readonly sport?: number | undefined;
    readonly dport?: number | undefined;
    readonly mark?: number;
  };
  readonly steps: readonly {
    readonly table: string;
    readonly chain: string;
    readonly rule?: number | undefined;
    readonly policy?: string | undefined;
  }[];
}

/** A walk and the conntrack entries of the namespace after it. */
export interface Walked {
  readonly walk: ComparableWalk;
  readonly conntrack: Iterable<SeenEntry>;
}

function countersOf(walk: ComparableWalk): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const step of walk.steps) {
    const place = `${step.table} ${step.chain} ${step.rule ?? "policy"}`;
    counters[place] = (counters[place] ?? 0) + 1;
  }
  return counters;
}

/** A walk told in the words in which the laboratory tells what the kernel did. */
export function observedOf({ walk, conntrack }: Walked): Observed {
  const { fate } = walk;
  const headers = [fate as unknown as SeenHeaders];
  return {
    counters: countersOf(walk),
    landing: fate.kind === "delivered" ? headers : [],
    leaving: fate.kind === "sent" ? headers : [],
    conntrack: [...conntrack],
  };
}

/** A list without order as one text: its elements' own texts, sorted. */
const canonical = <T>(all: Iterable<T>, text: (one: T) => string): readonly string[] => [...all].map(text).sort();

const ends = (at: { src: string; dst: string; sport?: number; dport?: number }, ports: boolean): string =>
  ports ? `${at.src}:${at.sport} > ${at.dst}:${at.dport}` : `${at.src} > ${at.dst}`;

const headersText = (ports: boolean) => (one: SeenHeaders) =>
  `${one.in ?? one.out} ${ends(one, ports)} mark ${one.mark}`;

function entryText({ proto, original, reply, mark, zone }: SeenEntry): string {
  const ports = proto !== "icmp";
  const tuple = (at: SeenTuple) =>
    ports ? ends(at, true) : `${ends(at, false)} type ${at.type} code ${at.code} id ${at.id}`;
  return `${proto} ${tuple(original)} | ${tuple(reply)} mark ${mark} zone ${zone ?? 0}`;
}

/** Every observation as texts without order. ICMP headers have no ports; older records put other bytes there. */
function facts(
  one: Observed,
  icmp: boolean,
): Record<"counters" | "landing" | "leaving" | "conntrack", readonly string[]> {
  return {
    counters: canonical(Object.entries(one.counters), ([place, count]) => `${place}: ${count}`),
    landing: canonical(one.landing, headersText(!icmp)),
    leaving: canonical(one.leaving, headersText(!icmp)),
    conntrack: canonical(one.conntrack, entryText),
  };
}

/** Lists what the second account of one packet says differently from the first. */
export function compareObserved(kernel: Observed, other: Observed, packet: number, icmp: boolean): Difference[] {
  const [ours, theirs] = [facts(kernel, icmp), facts(other, icmp)];
  return (["counters", "landing", "leaving", "conntrack"] as const)
    .filter((what) => ours[what].join("\n") !== theirs[what].join("\n"))
    .map((what) => ({
      packet,
      what,
      kernel: ours[what].filter((line) => !theirs[what].includes(line)),
      walk: theirs[what].filter((line) => !ours[what].includes(line)),
    }));
}

/**
 * Compares what the kernel did with a session's packets with how the library walked them, packet by packet. A walk
 * that is undetermined is a difference: the session said everything that a walk may depend on.
 */
export function compare(
  observed: readonly Observed[],
  walks: readonly Walked[],
  packets: readonly { readonly proto: string }[],
): Difference[] {
  return observed.flatMap((kernel, packet) => {
    const walked = walks[packet];
    if (walked === undefined || walked.walk.fate.kind === "undetermined") {
      return [{ packet, what: "undetermined" as const, kernel, walk: walked?.walk.fate }];
    }
    return compareObserved(kernel, observedOf(walked), packet, packets[packet]?.proto === "icmp");
  });
}
