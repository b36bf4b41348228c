import { refName } from "../predicate/rule-ref.ts";
import type { Fate, RulePlace, Walk } from "../walk/run/walk.ts";
import { decisionNames } from "./decided.ts";
import { arrived, destinationChanged, landingOf } from "./landing.ts";

/** What is expected of a walk, as data: matchers and tables are both made of it. */
export type Expectation =
  | Delivered
  | Redirected
  | { readonly kind: "unchanged" }
  | Dropped
  | Rejected
  | Sent
  | { readonly kind: "undetermined"; readonly field?: string }
  | { readonly kind: "unroutable"; readonly reason?: string }
  | { readonly kind: "decided"; readonly by: string };

/** It reached the end of INPUT. Members that are left out may be anything. */
export interface Delivered {
  readonly kind: "delivered";
  readonly port?: number;
  /** As the packet is addressed, or as the socket sees it. */
  readonly address?: string;
  readonly in?: string;
  /** Whether somebody listens there; only a namespace whose sockets were given can tell that nobody does. */
  readonly listening?: boolean;
}

/** Delivered to a port, and it is the rules that brought it there. */
export interface Redirected {
  readonly kind: "redirected";
  readonly port: number;
}

export interface Dropped {
  readonly kind: "dropped";
  /** `filter INPUT 3`, the rule that led there, or `filter INPUT policy`. */
  readonly by?: string;
}

export interface Rejected {
  readonly kind: "rejected";
  readonly with?: string;
  readonly by?: string;
}

export interface Sent {
  readonly kind: "sent";
  readonly out?: string;
  readonly address?: string;
  readonly port?: number;
  readonly forwarded?: boolean;
}

const given = <T>(expected: T | undefined, actual: T): boolean => expected === undefined || expected === actual;

/** Whether a walk is as expected. */
export function meets(walk: Walk, expected: Expectation): boolean {
  const { fate } = walk;
  switch (expected.kind) {
    case "delivered":
      return (
        fate.kind === "delivered" &&
        meetsEnd(fate, expected) &&
        given(expected.in, fate.in) &&
        given(expected.listening, fate.socket !== null)
      );
    case "redirected":
      return fate.kind === "delivered" && landingOf(fate).port === expected.port && destinationChanged(walk, fate);
    case "unchanged":
      return arrived(fate) && !destinationChanged(walk, fate);
    case "dropped":
      return fate.kind === "dropped" && endedBy(walk, expected.by);
    case "rejected":
      return fate.kind === "rejected" && given(expected.with, fate.with) && endedBy(walk, expected.by);
    case "sent":
      return (
        fate.kind === "sent" &&
        meetsEnd(fate, expected) &&
        given(expected.out, fate.out) &&
        given(expected.forwarded, fate.forwarded)
      );
    case "undetermined":
      return (
        fate.kind === "undetermined" &&
        (expected.field === undefined ||
          fate.because.some((one) => one.field === expected.field || one.extension === expected.field))
      );
    case "unroutable":
      return fate.kind === "unroutable" && given(expected.reason, fate.reason);
    case "decided":
      return decisionNames(walk).includes(expected.by);
  }
}

function meetsEnd(
  fate: Extract<Fate, { readonly kind: "delivered" | "sent" }>,
  { address, port }: { readonly address?: string; readonly port?: number },
): boolean {
  const landing = landingOf(fate);
  return given(port, landing.port) && (address === undefined || landing.addresses.includes(address));
}

/** The place where a packet was ended; `queued` has one as well. */
const placeName = ({ table, chain, rule, policy }: RulePlace): string =>
  rule === undefined ? `${table} ${chain} ${policy === undefined ? "" : "policy"}` : refName({ table, chain, rule });

function endedBy(walk: Walk, by: string | undefined): boolean {
  const { fate } = walk;
  if (by === undefined) return true;
  return ("hook" in fate && "table" in fate && placeName(fate) === by) || decisionNames(walk).includes(by);
}

const endText = (address: string | undefined, port: number | undefined): string =>
  address === undefined
    ? port === undefined
      ? ""
      : `port ${port}`
    : port === undefined
      ? address
      : `${address.includes(":") ? `[${address}]` : address}:${port}`;

const words = (...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join(" ");
const behind = (word: string, value: string | undefined): string | undefined =>
  value === undefined || value === "" ? undefined : `${word} ${value}`;

/** Behind "expected … to". */
export function expectationText(expected: Expectation): string {
  switch (expected.kind) {
    case "delivered": {
      const { address, port, listening } = expected;
      const where = words(behind("to", endText(address, port)), behind("on", expected.in));
      return words(
        "be delivered",
        where,
        listening === undefined ? undefined : listening ? "where somebody listens" : "where nobody listens",
      );
    }
    case "redirected":
      return `be redirected to port ${expected.port}`;
    case "unchanged":
      return "arrive where it is addressed to, untranslated";
    case "dropped":
      return words("be dropped", behind("by", expected.by));
    case "rejected":
      return words("be rejected", behind("with", expected.with), behind("by", expected.by));
    case "sent": {
      const how = expected.forwarded === undefined ? undefined : expected.forwarded ? "forwarded" : "not forwarded";
      const { address, port, out } = expected;
      return words("be sent", behind("out of", out), behind("to", endText(address, port)), how);
    }
    case "undetermined":
      return words("be undetermined", behind("because of", expected.field));
    case "unroutable":
      return words("be unroutable", behind("for", expected.reason));
    case "decided":
      return `be decided by ${expected.by}`;
  }
}
