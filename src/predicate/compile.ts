import type { Prefix, Words } from "../net/address.ts";
import { interfaceMatches } from "../net/interface-pattern.ts";
import { entryAddressIn, entryNumber } from "./entry-fields.ts";
import {
  ABSENT,
  CT_DNAT,
  CT_INVALID,
  CT_SNAT,
  CT_UNTRACKED,
  DST_NAT,
  type Frame,
  type NumberField,
  type Question,
  SRC_NAT,
  UNSAID,
} from "./frame.ts";
import { onBridge, transformed } from "./link-tests.ts";
import type { InRanges, Predicate, Stateful, StateIn } from "./predicate.ts";
import type { Place, Test } from "./test.ts";

/**
 * Makes one function of a predicate. The result allocates nothing when it is called, except in a stateful match.
 *
 * `path` tells the conditions of one rule apart, for their memory. One closure per condition, with the numbers in it: measured against walking the tree, eleven times faster.
 */
export function compile(predicate: Predicate, place: Place, path = ""): Test {
  switch (predicate.kind) {
    case "always":
      return () => true;
    case "never":
      return () => false;
    case "all":
      return every(predicate.of.map((one, at) => compile(one, place, `${path}.${at}`)));
    case "any": {
      const tests = predicate.of.map((one, at) => compile(one, place, `${path}.${at}`));
      const { negated } = predicate;
      return (frame) => tests.some((test) => test(frame)) !== negated;
    }
    case "inRanges":
      return inRanges(predicate, place);
    case "bits": {
      const { field, value, mask, negated } = predicate;
      const absent = predicate.whenAbsent ?? negated;
      const question: Question = { kind: "unsaid", subject: field, text: predicate.text, at: place };
      if (field === "mark") return (frame) => ((frame.mark & mask) === value) !== negated;
      return (frame) => {
        const found = frame[field];
        if (found === ABSENT) return absent;
        if (found === UNSAID) return frame.host.decide(question, frame) !== negated;
        return ((found & mask) === value) !== negated;
      };
    }
    case "inPrefix": {
      const { negated } = predicate;
      const inside = predicate.field === "src" ? sourceIn(predicate.prefix) : destinationIn(predicate.prefix);
      return negated ? (frame) => !inside(frame) : inside;
    }
    case "inAddressRange": {
      const { low, high, negated, field } = predicate;
      return (frame) => {
        const words = addressOf(frame, field);
        return (notBelow(words, low) && notBelow(high, words)) !== negated;
      };
    }
    case "onDevice": {
      const { pattern, negated } = predicate;
      const exact = !pattern.endsWith("+");
      if (predicate.field === "in")
        return exact
          ? (frame) => (frame.inDevice === pattern) !== negated
          : (frame) => interfaceMatches(pattern, frame.inDevice) !== negated;
      return exact
        ? (frame) => (frame.outDevice === pattern) !== negated
        : (frame) => interfaceMatches(pattern, frame.outDevice) !== negated;
    }
    case "stateIn":
      return stateIn(predicate, place);
    case "entryInRanges": {
      const { field, ranges, negated } = predicate;
      return (frame) => {
        if (frame.entry === null) return false;
        const found = entryNumber(frame, frame.entry, field);
        return ranges.some(([low, high]) => found >= low && found <= high) !== negated;
      };
    }
    case "entryBits": {
      const { field, value, mask, negated, anyOf } = predicate;
      return (frame) => {
        if (frame.entry === null) return false;
        const found = entryNumber(frame, frame.entry, field) & mask;
        return (anyOf ? found !== 0 : found === value) !== negated;
      };
    }
    case "entryInPrefix": {
      const { field, prefix, negated } = predicate;
      return (frame) => frame.entry !== null && entryAddressIn(frame.entry, field, prefix) !== negated;
    }
    case "addressTypes": {
      const { field, types, limit, negated } = predicate;
      return (frame) => {
        const device = limit === undefined ? undefined : limit === "in" ? frame.inDevice : frame.outDevice;
        const found = frame.host.addressTypes(frame, field, device);
        // IPv6 asks for every listed kind, IPv4 for one of them (A4).
        return (frame.v6 ? (found & types) === types : (found & types) !== 0) !== negated;
      };
    }
    case "groupIn": {
      const { low, high, negated, text } = predicate;
      const question: Question = { kind: "unsaid", subject: "gid", low, high, text, at: place };
      return (frame) => {
        if (frame.gid === ABSENT) return negated;
        if (frame.groups.some((group) => group >= low && group <= high)) return !negated;
        if (frame.gid === UNSAID) return frame.host.decide(question, frame) !== negated;
        return (frame.gid >= low && frame.gid <= high) !== negated;
      };
    }
    case "hasSocket": {
      const { negated } = predicate;
      return (frame) => (frame.socket !== 0) !== negated;
    }
    case "findsSocket": {
      const { lookup, negated, text } = predicate;
      const question: Question = { kind: "unsaid", subject: "sockets", text, at: place };
      return (frame) => frame.host.findsSocket(frame, lookup, question) !== negated;
    }
    case "leadsBack": {
      const { lookup, negated } = predicate;
      // What is asked is whether a route leads back, which --invert turns round.
      const text = predicate.text.replace(/ --invert$/, "");
      const why = `${predicate.text}: nobody said which interfaces and routes there are (give interfaces)`;
      const question: Question = { kind: "unsaid", subject: "routes", same: text, text, at: place, why };
      return (frame) => frame.host.leadsBack(frame, lookup, question) !== negated;
    }
    case "packetTypeIs": {
      const { type, negated } = predicate;
      const wanted = type === "multicast" ? "MULTICAST" : type === "broadcast" ? "BROADCAST" : undefined;
      return (frame) => (packetType(frame) === wanted) !== negated;
    }
    case "chance": {
      const { probability, negated, text } = predicate;
      const question: Question = { kind: "chance", subject: "statistic", text, at: place };
      return (frame) => frame.host.chance(probability, question) !== negated;
    }
    case "stateful":
      return stateful(predicate, place, path);
    case "connections": {
      const { field, mask, limit, negated } = predicate;
      const key = `${place.table} ${place.chain} ${place.rule}${path}`;
      return (frame) => frame.host.countConnections(frame, field, mask, key) <= limit !== negated;
    }
    case "inSet": {
      const { lookup, negated, text } = predicate;
      // What is asked is whether the packet is in the set, which an inverted match turns round.
      const question: Question = { kind: "unsaid", subject: "sets", text: text.replace(/^! /, ""), at: place };
      return (frame) => frame.host.inSet(frame, lookup, question) !== negated;
    }
    case "onBridge":
      return onBridge(predicate, place);
    case "transformed":
      return transformed(predicate, place);
    case "open": {
      const question: Question = { ...predicate.question, at: place };
      return (frame) => frame.host.decide(question, frame);
    }
  }
}

/** Conjunction without a loop for the usual lengths. */
function every(tests: readonly Test[]): Test {
  const [a, b, c, d] = tests;
  if (a === undefined) return () => true;
  if (b === undefined) return a;
  if (c === undefined) return (frame) => a(frame) && b(frame);
  if (d === undefined) return (frame) => a(frame) && b(frame) && c(frame);
  const rest = every(tests.slice(3));
  return (frame) => a(frame) && b(frame) && c(frame) && rest(frame);
}

function inRanges(predicate: InRanges, place: Place): Test {
  const { field, ranges, negated, text } = predicate;
  const absent = predicate.whenAbsent ?? negated;
  const [first] = ranges;
  if (ranges.length === 1 && first !== undefined) {
    const [low, high] = first;
    const question: Question = { kind: "unsaid", subject: field, low, high, text, at: place };
    const slow = (frame: Frame, found: number): boolean =>
      found === ABSENT ? absent : frame.host.decide(question, frame) !== negated;
    // The hot fields by name: a computed property would share one inline cache among all of them.
    if (field === "dport") return ({ dport }) => (dport < 0 ? absent : (dport >= low && dport <= high) !== negated);
    if (field === "proto")
      return low === high && !negated
        ? (frame) => frame.proto === low
        : ({ proto }) => (proto >= low && proto <= high) !== negated;
    if (field === "uid")
      return (frame) => (frame.uid < 0 ? slow(frame, frame.uid) : (frame.uid >= low && frame.uid <= high) !== negated);
    if (field === "gid")
      return (frame) => (frame.gid < 0 ? slow(frame, frame.gid) : (frame.gid >= low && frame.gid <= high) !== negated);
    return (frame) => {
      const found = frame[field];
      return found < 0 ? slow(frame, found) : (found >= low && found <= high) !== negated;
    };
  }
  const questions = ranges.map(
    ([low, high]): Question => ({ kind: "unsaid", subject: field, low, high, text, at: place }),
  );
  return (frame) => {
    const found = frame[field as NumberField];
    if (found === ABSENT) return absent;
    if (found === UNSAID) return questions.some((question) => frame.host.decide(question, frame)) !== negated;
    for (const [low, high] of ranges) if (found >= low && found <= high) return !negated;
    return negated;
  };
}

function sourceIn({ address, mask, family }: Prefix): Test {
  const [a0, a1, a2, a3] = address;
  const [m0, m1, m2, m3] = mask;
  if (family === "ipv4") return (frame) => (frame.s3 & m3) === a3;
  return (frame) =>
    (frame.s3 & m3) === a3 && (frame.s2 & m2) === a2 && (frame.s1 & m1) === a1 && (frame.s0 & m0) === a0;
}

function destinationIn({ address, mask, family }: Prefix): Test {
  const [a0, a1, a2, a3] = address;
  const [m0, m1, m2, m3] = mask;
  if (family === "ipv4") return (frame) => (frame.d3 & m3) === a3;
  return (frame) =>
    (frame.d3 & m3) === a3 && (frame.d2 & m2) === a2 && (frame.d1 & m1) === a1 && (frame.d0 & m0) === a0;
}

/** The source or destination as words. */
export const addressOf = (frame: Frame, field: "src" | "dst"): Words =>
  field === "src" ? [frame.s0, frame.s1, frame.s2, frame.s3] : [frame.d0, frame.d1, frame.d2, frame.d3];

function notBelow(a: Words, b: Words): boolean {
  for (let at = 0; at < 4; at++) if (a[at] !== b[at]) return a[at]! >>> 0 > b[at]! >>> 0;
  return true;
}

/** Kernel: net/netfilter/xt_conntrack.c, conntrack_mt. */
function stateIn(predicate: StateIn, place: Place): Test {
  const { states, negated } = predicate;
  const rest = every((predicate.rest ?? []).map((one) => compile(one, place)));
  return (frame) => {
    const { entry } = frame;
    if (entry === null) {
      const state = frame.ctstate === CT_UNTRACKED ? CT_UNTRACKED : CT_INVALID;
      return ((state & states) !== 0) !== negated;
    }
    let state = frame.ctstate;
    if (entry.status & SRC_NAT) state |= CT_SNAT;
    if (entry.status & DST_NAT) state |= CT_DNAT;
    return ((state & states) !== 0) !== negated && rest(frame);
  };
}

/** MULTICAST or BROADCAST, or undefined for unicast: what `-m pkttype` sees (D2). */
export function packetType(frame: Frame): "MULTICAST" | "BROADCAST" | undefined {
  if (frame.v6) return frame.d0 >>> 24 === 0xff ? "MULTICAST" : undefined;
  if (frame.d3 === -1) return "BROADCAST";
  return frame.d3 >>> 28 === 14 ? "MULTICAST" : undefined;
}

function stateful(predicate: Stateful, place: Place, path: string): Test {
  const { step, negated } = predicate;
  const key = predicate.shared ?? `${place.table} ${place.chain} ${place.rule}${path}`;
  return (frame) => {
    const { host } = frame;
    const { state, holds } = step(host.readState(key), frame, host.now);
    host.writeState(key, state);
    return holds !== negated;
  };
}
