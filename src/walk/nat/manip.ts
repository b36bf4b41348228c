import type { Tuple } from "../../conntrack/tuple.ts";
import { isIcmp } from "../../net/protocol.ts";
import { INPUT, POSTROUTING } from "../run/run.ts";

/** Which side of a packet a translation changes. */
export type Manip = "source" | "destination";

/** The manip that belongs to a hook. Kernel: HOOK2MANIP. */
export const manipOf = (hook: number): Manip => (hook === POSTROUTING || hook === INPUT ? "source" : "destination");

/** The port that a manip may change; for ICMP the id, whichever side is mapped. */
export const portOf = (tuple: Tuple, manip: Manip): number =>
  manip === "source" || isIcmp(tuple.proto) ? tuple.sport : tuple.dport;

export const withPort = (tuple: Tuple, manip: Manip, port: number): Tuple =>
  manip === "source" || isIcmp(tuple.proto) ? { ...tuple, sport: port } : { ...tuple, dport: port };
