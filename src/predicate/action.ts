import type { Prefix, Words } from "../net/address.ts";
import type { SetDirection } from "./frame.ts";

/** A hook, by the name of its built-in chain. */
export const HOOKS = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"] as const;
export type Hook = (typeof HOOKS)[number];

/**
 * What a target does, as data: where control goes and what it sets.
 *
 * `nat` and `tproxy` end the table with ACCEPT when they succeed. Whatever only records (LOG, NFLOG, TRACE, …) is
 * `continue`.
 */
export type Action =
  /** `conntrack`: it works on entries, so that they have to be there (H5). */
  | { readonly kind: "continue"; readonly conntrack?: true }
  | { readonly kind: "accept" }
  | { readonly kind: "drop" }
  | { readonly kind: "return" }
  | { readonly kind: "jump"; readonly chain: string }
  | { readonly kind: "goto"; readonly chain: string }
  | { readonly kind: "reject"; readonly with: string }
  | { readonly kind: "queue"; readonly bypass: boolean }
  | SetBits
  | SetNumber
  | CopyMark
  | NatAction
  | { readonly kind: "track"; readonly notrack: boolean; readonly zone?: ZoneSetting }
  | TproxyAction
  /** A SYN is answered, an ACK with the right cookie opens the connection; everything else goes on (U8 to U10). */
  | { readonly kind: "synproxy" }
  | ChangeSets
  | { readonly kind: "unknown"; readonly extension: string };

/** `field := (field & ~mask) ^ value`, all 32 bits signed; `shift` rotates nothing but moves the result (CONNMARK). */
export interface SetBits {
  readonly kind: "setBits";
  readonly field: "mark" | "connmark" | "tos";
  readonly value: number;
  readonly mask: number;
  /** Positive: left. */
  readonly shift?: number;
}

/** `ttl := value` or `ttl ± value`, and the class of CLASSIFY. */
export interface SetNumber {
  readonly kind: "setNumber";
  readonly field: "ttl" | "class";
  readonly operation: "set" | "increase" | "decrease";
  readonly value: number;
}

/** CONNMARK save (mark to connmark) and restore (connmark to mark), M2. */
export interface CopyMark {
  readonly kind: "copyMark";
  readonly direction: "save" | "restore";
  readonly nfmask: number;
  readonly ctmask: number;
  readonly shift?: number;
}

/** SET: first what is added, then what is deleted, then what the packet takes from the element that is found. */
export interface ChangeSets {
  readonly kind: "changeSets";
  readonly add?: SetSide & { readonly exist: boolean; readonly timeout?: number };
  readonly del?: SetSide;
  readonly map?: SetSide & { readonly mark: boolean };
}

/** An ipset by its name, and the sides of the packet that go to its dimensions. */
export interface SetSide {
  readonly name: string;
  readonly directions: readonly SetDirection[];
}

/** `zone` for one or both directions, or the packet's mark. */
export interface ZoneSetting {
  readonly direction: "both" | "original" | "reply";
  readonly zone: number | "mark";
}

/** Translation of the source or the destination. Sections 4a and 4b of docs/semantics.md. */
export interface NatAction {
  readonly kind: "nat";
  /** `hook`: destination in PREROUTING and OUTPUT, source in INPUT and POSTROUTING (NETMAP). */
  readonly manip: "source" | "destination" | "hook";
  readonly address:
    | { readonly kind: "keep" }
    | { readonly kind: "range"; readonly low: Words; readonly high: Words }
    /** REDIRECT: the in device's address in PREROUTING, loopback in OUTPUT. */
    | { readonly kind: "redirect" }
    /** MASQUERADE: an address of the out device. */
    | { readonly kind: "masquerade" }
    | { readonly kind: "netmap"; readonly prefix: Prefix };
  readonly ports?: { readonly low: number; readonly high: number; readonly base?: number };
  /** Ports are drawn at random, not kept. */
  readonly random: boolean;
  readonly persistent: boolean;
}

export interface TproxyAction {
  readonly kind: "tproxy";
  readonly port: number;
  /** Undefined: not given, the in device's first address. */
  readonly address?: Words;
  readonly value: number;
  readonly mask: number;
}
