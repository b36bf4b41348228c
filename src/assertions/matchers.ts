import { readRuleName } from "./decided.ts";
import type { Delivered, Dropped, Expectation, Rejected, Sent } from "./expectation.ts";
import { judgeLoopFree, judgeReach, type LoopOptions } from "./loops.ts";
import { judgeSubject, type Verdict } from "./report.ts";
import type { InNetns } from "./subject.ts";

type Members<T> = Omit<T, "kind"> & InNetns;

/** What {@link PacketMatchers.toDeliverTo} takes: a port, or any of the members. */
export type DeliverTo = number | Members<Delivered>;

/**
 * Assertions about where packets end. The subject is a walk, `{ netns, packet }`, or a packet alone with the option
 * `netns`; `R` is what an assertion gives.
 */
export interface PacketMatchers<R = unknown> {
  /** Delivered to a port of this namespace, whether or not rules brought it there. */
  toDeliverTo(to: DeliverTo, options?: InNetns): R;
  /** Delivered to a port because rules brought it there. */
  toBeRedirectedTo(port: number, options?: InNetns): R;
  /** Delivered or sent on with the destination that it was sent to. */
  toLeaveUnchanged(options?: InNetns): R;
  /** Dropped; `by` what: `filter INPUT 3`, the rule that led there, or `filter INPUT policy`. */
  toBeDropped(how?: Members<Dropped>): R;
  /** Refused by REJECT, `with` an answer such as `icmp-port-unreachable`. */
  toBeRejected(how?: Members<Rejected>): R;
  /** Left by a device. */
  toBeSent(how?: Members<Sent>): R;
  /** `nat ISTIO_OUTPUT 9`: the rule that moved or ended the packet, or the one that led there. */
  toBeDecidedBy(rule: string, options?: InNetns): R;
  /** Nobody said what the walk depends on; `field`: `uid`, `out`, or an extension's name. */
  toBeUndetermined(how?: { readonly field?: string } & InNetns): R;
  /** No connection comes round again. Subject: `{ netns, packet }`, a whole namespace, or what was followed already. */
  toBeLoopFree(options?: LoopOptions | LoopOptions["proxies"]): R;
  /** Behind its proxies the connection ends at the application. Subject: `{ netns, packet }`, or what was followed. */
  toReachApplication(options?: LoopOptions | LoopOptions["proxies"]): R;
}

const judgeWith = (subject: unknown, { netns, ...expected }: Expectation & InNetns): Verdict =>
  judgeSubject(subject, expected as Expectation, netns === undefined ? {} : { netns });

const named = <T extends { readonly by?: string }>(how: T): T =>
  how.by === undefined ? how : { ...how, by: readRuleName(how.by) };

const isList = (options: LoopOptions | LoopOptions["proxies"]): options is NonNullable<LoopOptions["proxies"]> =>
  Array.isArray(options);

const loopOptions = (options: LoopOptions | LoopOptions["proxies"]): LoopOptions =>
  isList(options) ? { proxies: options } : (options ?? {});

function portOf(port: unknown): number {
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new TypeError(`expected a port from 0 to 65535, got ${JSON.stringify(port)}`);
}

/** Same names and arguments as {@link PacketMatchers}, with the subject in front: what `expect.extend` takes. */
export type MatcherTable = {
  readonly [K in keyof PacketMatchers]: (subject: unknown, ...args: Parameters<PacketMatchers[K]>) => Verdict;
};

export const matchers: MatcherTable = {
  toDeliverTo: (subject, to, options) =>
    judgeWith(subject, {
      kind: "delivered",
      ...(typeof to === "object" ? to : { port: portOf(to) }),
      ...options,
    }),
  toBeRedirectedTo: (subject, port, options) =>
    judgeWith(subject, { kind: "redirected", port: portOf(port), ...options }),
  toLeaveUnchanged: (subject, options) => judgeWith(subject, { kind: "unchanged", ...options }),
  toBeDropped: (subject, how = {}) => judgeWith(subject, { kind: "dropped", ...named(how) }),
  toBeRejected: (subject, how = {}) => judgeWith(subject, { kind: "rejected", ...named(how) }),
  toBeSent: (subject, how = {}) => judgeWith(subject, { kind: "sent", ...how }),
  toBeDecidedBy: (subject, rule, options) =>
    judgeWith(subject, { kind: "decided", by: readRuleName(rule), ...options }),
  toBeUndetermined: (subject, how = {}) => judgeWith(subject, { kind: "undetermined", ...how }),
  toBeLoopFree: (subject, options) => judgeLoopFree(subject, loopOptions(options)),
  toReachApplication: (subject, options) => judgeReach(subject, loopOptions(options)),
};
