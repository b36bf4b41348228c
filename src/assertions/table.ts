import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { send } from "../walk/outcomes.ts";
import type { Walk } from "../walk/run/walk.ts";
import type { SendOptions } from "../walk/send.ts";
import { type Expectation, meets } from "./expectation.ts";
import { readExpectations } from "./read-expectation.ts";
import { judge, type Verdict } from "./report.ts";
import { flowWords } from "./subject.ts";

/** What is expected of a row: a port, words (see {@link readExpectations}), or expectations as data. */
export type Expected = number | string | Expectation | readonly Expectation[];

/** One line of a flow table: the packet, what becomes of it, and if need be a name. */
export type FlowRow = readonly [packet: PacketSpec | string, expected: Expected, name?: string];

/** A row of {@link walkTable}: the packet, its walk, and whether it ended as expected. */
export interface FlowResult extends Verdict {
  /** The packet in words, or the name of its row. */
  readonly name: string;
  readonly walk: Walk;
}

/** What {@link walkTable} and {@link testFlows} take besides, with the options of `send`. */
export interface TableOptions extends SendOptions {
  /** The packets go through one after another, each finding what those before it left in conntrack. */
  readonly sequence?: boolean;
}

const listed = (expected: Expected): readonly Expectation[] =>
  typeof expected === "number" || typeof expected === "string"
    ? readExpectations(expected)
    : "kind" in expected
      ? [expected]
      : expected;

/**
 * Sends the packets of a table and holds each walk against its row, in the way of kube-proxy's flow tests.
 *
 * @example
 * walkTable(pod, [
 *   ["tcp -> 10.244.1.20:80 uid=1000", 15001],
 *   ["tcp -> 10.244.1.20:80 uid=1337", "sent unchanged by nat ISTIO_OUTPUT 4"],
 * ]).every(({ pass }) => pass); // true
 */
export function walkTable(netns: Netns, rows: readonly FlowRow[], options: TableOptions = {}): readonly FlowResult[] {
  const { sequence = false, ...sending } = options;
  let now = netns;
  return rows.map(([packet, expected, name]) => {
    const flow = { netns: now, packet, ...sending };
    const { walk, netns: after } = send(now, packet, sending);
    if (sequence) now = after;
    const all = listed(expected);
    const failing = all.find((one) => !meets(walk, one)) ?? all[0]!;
    return { name: name ?? flowWords(flow), walk, ...judge({ walk, flow }, failing) };
  });
}

/** A test runner's `test`, as far as it is needed: vitest, jest, node:test and mocha have it. */
export type RunTest = (name: string, body: () => void) => unknown;

/**
 * One test for each row of a flow table.
 *
 * @example
 * testFlows(test, pod, [["tcp -> 10.244.1.20:80 uid=1000", 15001]]);
 */
export function testFlows(test: RunTest, netns: Netns, rows: readonly FlowRow[], options: TableOptions = {}): void {
  for (const [at, [packet, expected, name]] of rows.entries()) {
    const means = typeof expected === "object" ? "" : `: ${expected}`;
    test(`${name ?? flowWords({ packet })}${means}`, () => {
      // Rows of a sequence need those before them, so that each test also runs alone.
      const result = walkTable(netns, options.sequence ? rows.slice(0, at + 1) : [rows[at]!], options).at(-1)!;
      if (!result.pass) throw new Error(result.message());
    });
  }
}
