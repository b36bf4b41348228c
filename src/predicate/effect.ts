import type { Prefix, Words } from "../net/address.ts";
import type { SetDirection } from "./memory.ts";

/** A hook, by the name of its built-in chain. */
export const HOOKS = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"] as const;
export type Hook = (typeof HOOKS)[number];

/**
 * What a rule does to a packet besides sending it on its way, as data. Where control goes afterwards is the rule's own
 * (program/program.ts), but that some effects end the packet's way, or this chain's: see {@link effectFacts}.
 */
export type Effect =
  | SetBits
  | AddTo
  | CopyMark
  | NatEffect
  | TrackEffect
  | TproxyEffect
  | RejectEffect
  | QueueEffect
  /** A SYN is answered, an ACK with the right cookie opens the connection; everything else goes on (U8 to U10). */
  | { readonly kind: "synproxy" }
  | ChangeSets
  /** A line in a log, or a record of another kind: LOG, NFLOG, AUDIT, TRACE. */
  | { readonly kind: "log" }
  /** Another packet is made of this one: TEE. */
  | { readonly kind: "copyPacket" }
  /** Something of the packet changes that no rule and no route goes by. `entry`: conntrack has to be there for it (H5). */
  | { readonly kind: "rewrite"; readonly entry?: true }
  | { readonly kind: "count" }
  | { readonly kind: "unknown"; readonly extension: string };

/** `field := (field & ~mask) ^ value`, all 32 bits signed; `shift` moves the result (CONNMARK), to the left if positive. */
export interface SetBits {
  readonly kind: "set";
  readonly field: "mark" | "connmark" | "tos" | "ttl";
  readonly value: number;
  readonly mask: number;
  readonly shift?: number;
}

/** `field := field + value`, kept between 0 and 255. */
export interface AddTo {
  readonly kind: "add";
  readonly field: "ttl";
  readonly value: number;
}

/** CONNMARK save (mark to connmark) and restore (connmark to mark), M2. */
export interface CopyMark {
  readonly kind: "copy";
  readonly to: "connmark" | "mark";
  readonly nfmask: number;
  readonly ctmask: number;
  readonly shift?: number;
}

/** SET: first what is added, then what is deleted, then what the packet takes from the element that is found. */
export interface ChangeSets {
  readonly kind: "sets";
  readonly add?: SetSide & { readonly exist: boolean; readonly timeout?: number };
  readonly del?: SetSide;
  readonly map?: SetSide & { readonly mark: boolean };
}

/** An ipset by its name, and the sides of the packet that go to its dimensions. */
export interface SetSide {
  readonly name: string;
  readonly directions: readonly SetDirection[];
}

/** How conntrack will treat the packet: not at all, or in a zone. */
export interface TrackEffect {
  readonly kind: "track";
  readonly notrack: boolean;
  readonly zone?: ZoneSetting;
}

/** `zone` for one or both directions, or the packet's mark. */
export interface ZoneSetting {
  readonly direction: "both" | "original" | "reply";
  readonly zone: number | "mark";
}

/** Translation of the source or the destination. Sections 4a and 4b of docs/semantics.md. */
export interface NatEffect {
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

export interface TproxyEffect {
  readonly kind: "tproxy";
  /** 0: the packet's own destination port. */
  readonly port: number;
  /** Undefined: the in device's first address. */
  readonly address?: Words;
  readonly value: number;
  readonly mask: number;
}

/** The packet ends here, and its sender is told: by a TCP reset, or an ICMP error of a type and code. */
export interface RejectEffect {
  readonly kind: "reject";
  /** As `--reject-with` names it. */
  readonly with: string;
  readonly answer: "reset" | { readonly type: number; readonly code: number };
}

/** A program decides; without one the packet ends here, with `bypass` it goes on as accepted. */
export interface QueueEffect {
  readonly kind: "queue";
  readonly bypass: boolean;
}

/** What an effect may bring about, for whoever looks at rules without a packet. */
export interface EffectFacts {
  /** Conntrack is attached to the namespace for it (H5). */
  readonly conntrack: boolean;
  /** The kinds of fate in which it may end a packet. */
  readonly ends: readonly ("dropped" | "rejected" | "queued" | "answered" | "undetermined")[];
  /** The destination ports that it may give a packet; null: it leaves them. */
  readonly ports: { readonly low: number; readonly high: number } | null;
  /** Neither rules nor routes can tell whether it was done. */
  readonly silent: boolean;
}

const NOTHING: EffectFacts = { conntrack: false, ends: [], ports: null, silent: false };
const SILENT: EffectFacts = { ...NOTHING, silent: true };

/** What each kind of effect may bring about: the one place that says it. */
export function effectFacts(effect: Effect): EffectFacts {
  switch (effect.kind) {
    case "set":
      return effect.field === "connmark" ? { ...NOTHING, conntrack: true } : NOTHING;
    case "add":
    case "sets":
      return NOTHING;
    case "copy":
      return { ...NOTHING, conntrack: true };
    case "nat": {
      const ports = effect.manip === "source" ? null : (effect.ports ?? null);
      return { ...NOTHING, conntrack: true, ends: ["dropped"], ports };
    }
    case "track":
      return { ...NOTHING, conntrack: effect.zone !== undefined };
    case "tproxy":
      // Port 0 stands for the packet's own.
      return {
        ...NOTHING,
        ends: ["dropped"],
        ports: effect.port === 0 ? null : { low: effect.port, high: effect.port },
      };
    case "reject":
      return { ...NOTHING, ends: ["rejected"] };
    case "queue":
      return effect.bypass ? NOTHING : { ...NOTHING, ends: ["queued"] };
    case "synproxy":
      return { ...NOTHING, conntrack: true, ends: ["answered", "dropped"] };
    case "log":
    case "copyPacket":
    case "count":
      return SILENT;
    case "rewrite":
      return effect.entry ? { ...SILENT, conntrack: true } : SILENT;
    case "unknown":
      return { ...NOTHING, ends: ["undetermined"] };
  }
}
