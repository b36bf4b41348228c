import { addressText, type Words } from "../net/address.ts";
import { statesOf, type Test } from "./compile.ts";
import { entryAddress, entryNumber } from "./entry-fields.ts";
import {
  ADDRESS_FIELDS,
  ENTRY_FIELDS,
  type EntryNumberField,
  NAME_FIELDS,
  type NameField,
  NUMBER_FIELDS,
  type NumberField,
  nameOf,
  numberOf,
} from "./field.ts";
import { ABSENT, addressOf, type Frame, UNSAID } from "./frame.ts";
import type { SetLookup } from "./memory.ts";
import { ADDRESS_TYPES, type Atom, type Condition, conditionText, type HostLeaf, type Predicate } from "./predicate.ts";
import { bitText, CT_STATES } from "./state-names.ts";

/** Why a condition did not hold: what the rule asks, and what the packet has. */
export interface WhyNot {
  /** As `iptables -S` spells it, negation included: `! -d 127.0.0.1`. */
  readonly condition: string;
  /** A whole clause: `the destination is 127.0.0.1`. */
  readonly found: string;
}

/** `` `--uid-owner 1337`: the packet's uid is 1000 ``. */
export const whyNotText = ({ condition, found }: WhyNot): string => `\`${condition}\`: ${found}`;

/** What the surroundings of a packet tell, changing nothing. */
export interface Teller {
  /** Whether the packet is in an ipset, and what the set has of it in words; undefined where that is open. */
  set(lookup: SetLookup, frame: Frame): { readonly holds: boolean; readonly words: string } | undefined;
  /** The kinds of an address as bits of ADDRESS_TYPES. */
  addressTypes(leaf: Extract<HostLeaf, { kind: "addressTypes" }>, frame: Frame): number;
}

/** A condition with the test that it was compiled to. */
export interface Tested extends Condition {
  readonly run: Test;
}

/**
 * The conditions of a rule that this packet fails, with the packet's values, the first one first.
 *
 * Conditions that are a function of the packet are tested again. Chance, memory and open questions are not: asking them
 * twice would answer for another packet, so the first of them is named only where everything else holds.
 */
export function allWhyNot(conditions: readonly Tested[], frame: Frame, teller: Teller): readonly WhyNot[] {
  const failed: Condition[] = [];
  let doubtful: Condition | undefined;
  for (const one of conditions) {
    const holds = holdsAgain(one, frame, teller);
    if (holds === undefined) doubtful ??= one;
    else if (!holds) failed.push(one);
  }
  const said = failed.length > 0 ? failed : doubtful === undefined ? [] : [doubtful];
  return said.map((one) => ({ condition: conditionText(one), found: found(one.test, frame, teller) }));
}

/** The answer of a condition that can be asked once more; undefined for one that cannot. */
function holdsAgain({ test, run }: Tested, frame: Frame, teller: Teller): boolean | undefined {
  const lookup = lookupOf(test);
  if (lookup !== undefined) {
    const known = teller.set(lookup, frame);
    return known && known.holds !== (test as Extract<Predicate, { negated: boolean }>).negated;
  }
  return isPure(test, frame) ? run(frame) : undefined;
}

/** What a leaf asks of an ipset, whose counters would rise if it were tested again. */
const lookupOf = (test: Predicate): SetLookup | undefined =>
  test.kind === "inSet"
    ? test.lookup
    : test.kind === "memory" && test.memory.memory === "set"
      ? test.memory.lookup
      : undefined;

/** Whether testing a condition once more gives the same answer and changes nothing. */
function isPure(predicate: Predicate, frame: Frame): boolean {
  switch (predicate.kind) {
    case "all":
    case "any":
      return predicate.of.every((one) => isPure(one, frame));
    case "range":
    case "bits":
      return numberOf(frame, predicate.field) !== UNSAID;
    case "name":
      return nameOf(frame, predicate.field) !== null;
    case "group":
      return frame.gid !== UNSAID;
    case "chance":
    case "memory":
    case "atom":
    case "socket":
    case "leadsBack":
    case "protected":
    case "inSet":
      return false;
    default:
      return true;
  }
}

/** A number of the packet with its name: `the packet's uid is 1000`, `the packet has no socket`. */
function numberText(frame: Frame, field: NumberField): string {
  const { label, absent, plural, show = String } = NUMBER_FIELDS[field];
  const value = numberOf(frame, field);
  if (field !== "mark" && value === UNSAID) return `${label} is not said`;
  if (absent !== undefined && value === ABSENT) return absent(frame);
  return `${label} ${plural ? "are" : "is"} ${show(value)}`;
}

const addressIs = (frame: Frame, label: string, words: Words): string =>
  `${label} is ${addressText(frame.v6 ? "ipv6" : "ipv4", words)}`;

function nameText(frame: Frame, field: NameField): string {
  const { label, absent } = NAME_FIELDS[field];
  const name = nameOf(frame, field);
  return name === null ? `${label} is not said` : name === "" ? absent : `${label} is ${name}`;
}

/** The states that `--ctstate` sees: `NEW`, or `ESTABLISHED,DNAT`. */
export const stateText = (frame: Frame): string => bitText(CT_STATES, statesOf(frame));

const NO_ENTRY = "the packet has no conntrack entry";

function entryText(frame: Frame, field: EntryNumberField): string {
  if (frame.entry === null) return NO_ENTRY;
  const { label, show = String } = ENTRY_FIELDS[field];
  return `${label} is ${show(entryNumber(frame, frame.entry, field))}`;
}

/** What the packet has of what a condition asks, as a clause: `the packet's uid is 1000`, `the out-interface is eth0`. */
function found(predicate: Predicate, frame: Frame, teller: Teller): string {
  switch (predicate.kind) {
    case "always":
      return "";
    case "never":
      return "no packet here is that";
    case "all":
    case "any":
      return [...new Set(predicate.of.map((one) => found(one, frame, teller)))].filter(Boolean).join(" and ");
    case "range":
    case "bits":
      return numberText(frame, predicate.field);
    case "prefix":
    case "span":
      return addressIs(frame, ADDRESS_FIELDS[predicate.field].label, addressOf(frame, predicate.field));
    case "name":
      return nameText(frame, predicate.field);
    case "state":
      return `the state is ${stateText(frame)}`;
    case "entryRange":
    case "entryBits":
      return entryText(frame, predicate.field);
    case "entryPrefix":
      if (frame.entry === null) return NO_ENTRY;
      return addressIs(frame, ENTRY_FIELDS[predicate.field].label, entryAddress(frame.entry, predicate.field));
    case "group": {
      const own = numberText(frame, "gid");
      return frame.groups.length > 0 ? `${own}, its groups are ${frame.groups.join(", ")}` : own;
    }
    case "has":
      return hasText(predicate, frame);
    case "chance":
      return `chance decides (probability ${predicate.negated ? 1 - predicate.probability : predicate.probability})`;
    case "atom":
      return atomText(predicate);
    case "memory":
      return memoryText(predicate, frame, teller);
    case "socket":
      return predicate.negated ? "a socket of this host is found" : "no such socket is found";
    case "addressTypes": {
      const types = teller.addressTypes(predicate, frame);
      const names = ADDRESS_TYPES.filter((_, at) => types & (1 << at));
      return `${ADDRESS_FIELDS[predicate.field].label} is of type ${names.join(", ") || "UNSPEC"}`;
    }
    case "leadsBack":
      return predicate.negated ? "a route leads back to the source" : "no route leads back to the source";
    case "inSet":
      return setText(predicate.lookup, frame, teller);
    case "protected":
      return predicate.negated ? "IPsec protects the packet" : "IPsec does not protect the packet";
  }
}

/** Nothing is said where it holds: then another part of its condition has failed. */
function hasText({ what, negated }: Extract<Predicate, { kind: "has" }>, { entry, socket }: Frame): string {
  const there = what === "entry" ? entry !== null : socket !== 0;
  if (there !== negated) return "";
  const thing = what === "entry" ? "conntrack entry" : "socket";
  return `the packet has ${there ? "a" : "no"} ${thing}`;
}

function memoryText({ memory }: Extract<Predicate, { kind: "memory" }>, frame: Frame, teller: Teller): string {
  if (memory.memory === "set") return setText(memory.lookup, frame, teller);
  if (memory.memory === "connlimit")
    return `the connections that the rule has met of ${ADDRESS_FIELDS[memory.field].label} decide`;
  return "the rule's own count of earlier packets decides";
}

const setText = (lookup: SetLookup, frame: Frame, teller: Teller): string =>
  teller.set(lookup, frame)?.words ?? `what set ${lookup.name} has of it is not known; taken as not matching`;

function atomText({ why, subject, missing }: Atom): string {
  if (why === "hidden") return `the dump hides the ${subject}-interface; taken as not matching`;
  if (missing !== undefined) return `what ${missing.name} stands for is not known; taken as not matching`;
  if (why === "unsaid") return `the input does not say; taken as not matching`;
  return `what -m ${subject} asks is not modelled; taken as not matching`;
}
