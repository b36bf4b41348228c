import type { EntryText } from "../../conntrack/entry.ts";
import type { TupleText } from "../../conntrack/tuple.ts";
import type { MissingName } from "../../net/missing-name.ts";
import type { Hook } from "../../predicate/effect.ts";
import type { Step } from "../../program/step.ts";

/** The headers of a packet at the end of its walk; ports are left out for protocols that have none. */
export interface Headers {
  readonly src: string;
  readonly sport?: number;
  readonly dst: string;
  readonly dport?: number;
  readonly mark: number;
  /** The packet that an ICMP error quotes, translated with it. */
  readonly quoted?: QuotedHeaders;
}

/** The headers inside of an ICMP error. */
export type QuotedHeaders = { readonly proto: string } & TupleText;

/** Who listens, as the application sees it; under TPROXY not what the packet is addressed to. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

/** Where in the rules something ended: a rule by its number, or the policy of a chain. */
export interface RulePlace {
  readonly hook: Hook;
  readonly table: string;
  readonly chain: string;
  readonly rule?: number;
  readonly policy?: "ACCEPT" | "DROP";
}

/** Something that the walk depends on and that the input leaves open. */
export interface Because {
  readonly table: string;
  readonly chain: string;
  readonly rule: number;
  readonly field?: string;
  readonly extension?: string;
  /** The name whose meaning is not known, where that is what is open. */
  readonly missing?: MissingName;
  readonly message: string;
}

/** How a walk ended, and where; `answered` is what SYNPROXY takes (U8), `undetermined` what the input leaves open. */
export type Fate =
  | ({ readonly kind: "delivered"; readonly in: string; readonly socket: Listener | null } & Headers)
  /** `physOut`: switched by the bridge `out`, which sends it on by this port. */
  | ({ readonly kind: "sent"; readonly out: string; readonly physOut?: string; readonly forwarded: boolean } & Headers)
  /** `reason`: why, where that is not what the rule is for. */
  | ({ readonly kind: "dropped"; readonly reason?: string } & RulePlace)
  | ({ readonly kind: "rejected"; readonly with: string } & RulePlace)
  | ({ readonly kind: "queued" } & RulePlace)
  /** SYNPROXY took it, and sent something of its own: `with` says what, the caller may send it (U8, U9). */
  | ({ readonly kind: "answered"; readonly with: string } & RulePlace)
  | { readonly kind: "unroutable"; readonly reason: string; readonly hook: Hook }
  | { readonly kind: "undetermined"; readonly because: readonly Because[] };

/** The entry of the packet when its walk ended; whether it was confirmed is for the table of the Netns to say. */
export interface WalkConntrack extends EntryText {
  /** `NEW`, `ESTABLISHED` or `RELATED`. */
  readonly state: string;
}

/** What became of one packet. */
export interface Walk {
  readonly fate: Fate;
  /** Every rule that matched and every policy that was reached, in order. */
  readonly steps: readonly Step[];
  /** null if the packet has no entry: untracked, invalid, or conntrack is not attached. */
  readonly conntrack: WalkConntrack | null;
  /** What SO_ORIGINAL_DST would answer, if the destination was translated. */
  readonly originalDst: { readonly address: string; readonly port: number } | null;
}
