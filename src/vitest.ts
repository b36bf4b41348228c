/**
 * Assertions for vitest: importing this module extends `expect`.
 *
 * @example
 * import "nfwalk/vitest";
 * expect({ netns, packet: "tcp -> 10.244.1.20:80 uid=1000" }).toBeRedirectedTo(15001);
 * expect(walks).toEqual([expect.toDeliverTo(15001), expect.toLeaveUnchanged()]);
 *
 * @module
 */
import { expect } from "vitest";
import { type MatcherTable, matchers, type PacketMatchers } from "./assertions/matchers.ts";
import type { Verdict } from "./assertions/report.ts";

export type { Expectation } from "./assertions/expectation.ts";
export type { LoopOptions, LoopSubject } from "./assertions/loops.ts";
export type { DeliverTo, PacketMatchers } from "./assertions/matchers.ts";
export type { Flow, Subject } from "./assertions/subject.ts";
export {
  type Expected,
  type FlowResult,
  type FlowRow,
  type TableOptions,
  testFlows,
  walkTable,
} from "./assertions/table.ts";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration that it merges with has this parameter.
  interface Matchers<T = any> extends PacketMatchers<T> {}
  // As `Matchers<any>`, which ExpectStatic extends beside it: vitest's own types do not compile with another.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  interface AsymmetricMatchersContaining extends PacketMatchers<any> {}
}

type Extension = { readonly [K in keyof MatcherTable]: (subject: unknown, ...args: never[]) => Verdict };

expect.extend(matchers satisfies Extension as Parameters<typeof expect.extend>[0]);
