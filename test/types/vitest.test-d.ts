import { describe, expect, expectTypeOf, test } from "vitest";
import type { Netns, PacketSpec, Walk } from "../../src/index.ts";
import { type FlowRow, testFlows, walkTable } from "../../src/vitest.ts";

declare const netns: Netns;
declare const walk: Walk;
declare const packet: PacketSpec;

describe("matchers are typed", () => {
  test("their arguments", () => {
    expect(walk).toDeliverTo(15001);
    expect({ netns, packet }).toDeliverTo({ port: 15001, address: "127.0.0.1", in: "lo", listening: true });
    expect(packet).not.toDeliverTo(15001, { netns });
    expect(walk).toBeDropped({ by: "filter INPUT 1" });
    expect(walk).toBeRejected({ with: "tcp-reset" });
    expect(netns).toBeLoopFree({ packets: ["tcp -> 10.0.0.1:80 uid=0"] });
    expect(netns).toBeLoopFree([]);
    // @ts-expect-error a port is a number
    expect(walk).toDeliverTo("15001");
    // @ts-expect-error no such member
    expect(walk).toBeSent({ device: "eth0" });
    // @ts-expect-error a redirection goes to a port
    expect(walk).toBeRedirectedTo();
    // @ts-expect-error a rule is named in words
    expect(walk).toBeDecidedBy(9);
    // @ts-expect-error no such matcher
    expect(walk).toBeDelivered();
  });

  test("the asymmetric ones", () => {
    expect([walk]).toEqual([expect.toDeliverTo(15001)]);
    expect([walk]).toEqual([expect.not.toLeaveUnchanged()]);
    // @ts-expect-error a port is a number
    expect.toDeliverTo("15001");
    expectTypeOf(expect.not.toBeDecidedBy).parameter(0).toEqualTypeOf<string>();
  });

  test("tables", () => {
    expectTypeOf(walkTable(netns, [["tcp -> 10.0.0.1:80", 80]])[0]!.walk).toEqualTypeOf<Walk>();
    expectTypeOf<["tcp -> 10.0.0.1:80", "dropped"]>().toExtend<FlowRow>();
    // @ts-expect-error a row says what is expected
    testFlows(test, netns, [["tcp -> 10.0.0.1:80"]]);
    // @ts-expect-error no such expectation
    testFlows(test, netns, [[packet, { kind: "lost" }]]);
  });
});
