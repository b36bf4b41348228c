import { describe, expect, test } from "vitest";
import { readExpectations } from "../../src/assertions/read-expectation.ts";
import { testFlows, walkTable } from "../../src/vitest.ts";
import { sidecarPod } from "./pod.ts";

const netns = sidecarPod();

describe("a table as tests", () => {
  testFlows(test, netns, [
    ["tcp -> 10.244.1.20:80 uid=1000 gid=1000", 15001],
    ["tcp -> 10.244.1.20:80 uid=1000 gid=1000", "127.0.0.1:15001 by nat ISTIO_OUTPUT 9"],
    ["tcp -> 10.244.1.20:80 uid=1337 gid=1337", "sent unchanged out eth0 by nat ISTIO_OUTPUT 4"],
    ["tcp 10.244.1.20 -> 10.244.1.10:80 in=eth0", "redirected 15006", "from outside"],
    ["tcp 10.244.1.20 -> 10.244.1.10:15008 in=eth0", "delivered unchanged on eth0"],
    ["tcp -> 10.244.1.20:80", "undetermined"],
    ["udp -> 10.244.1.20:53 uid=1000 gid=1000", { kind: "sent", out: "eth0" }],
    [
      "tcp -> 10.244.1.20:80 uid=1000 gid=1000",
      [
        { kind: "redirected", port: 15001 },
        { kind: "delivered", in: "lo" },
      ],
    ],
  ]);

  describe("in sequence", () => {
    testFlows(
      test,
      netns,
      [
        ["tcp 10.244.1.20:40000 -> 10.244.1.10:80 in=eth0", 15006],
        ["tcp 10.244.1.10:15006 -> 10.244.1.20:40000 flags=SYN,ACK uid=1337 gid=1337", "sent to 10.244.1.20:40000"],
      ],
      { sequence: true },
    );
  });
});

test("rows are independent unless they are a sequence", () => {
  const rows = [
    ["tcp 10.244.1.20:40000 -> 10.244.1.10:80 in=eth0", 15006],
    ["tcp 10.244.1.10:80 -> 10.244.1.20:40000 flags=ACK uid=1337 gid=1337", "sent"],
  ] as const;
  const states = (sequence: boolean) =>
    walkTable(netns, rows, { sequence }).map(({ walk }) => walk.conntrack?.original);
  expect(states(true)[1]).not.toBeUndefined();
  expect(walkTable(netns, rows).every(({ pass }) => pass)).toBe(true);
});

test("a row that is not met fails its test with the explanation", () => {
  const bodies: (() => void)[] = [];
  const names: string[] = [];
  testFlows((name, body) => bodies.push(body) && names.push(name), netns, [
    ["tcp -> 10.244.1.20:80 uid=1000 gid=1000", "sent by nat ISTIO_OUTPUT 4"],
  ]);
  expect(names).toEqual(["tcp 10.244.1.20:80 uid=1000 gid=1000: sent by nat ISTIO_OUTPUT 4"]);
  expect(bodies[0]).toThrow(/to be sent\nbut it is delivered to 127\.0\.0\.1:15001[\s\S]*nat ISTIO_OUTPUT 9/);
});

describe("words of a row", () => {
  test.each([
    [80, [{ kind: "delivered", port: 80 }]],
    ["80", [{ kind: "delivered", port: 80 }]],
    ["[::1]:15001", [{ kind: "delivered", address: "::1", port: 15001 }]],
    ["10.0.0.1", [{ kind: "delivered", address: "10.0.0.1" }]],
    ["redirected to 15006", [{ kind: "redirected", port: 15006 }]],
    ["delivered to 10.0.0.1:80 on eth0", [{ kind: "delivered", address: "10.0.0.1", port: 80, in: "eth0" }]],
    ["sent to [fd00::1]:80 out lo", [{ kind: "sent", address: "fd00::1", port: 80, out: "lo" }]],
    ["rejected with tcp-reset", [{ kind: "rejected", with: "tcp-reset" }]],
    ["dropped by filter INPUT policy", [{ kind: "dropped" }, { kind: "decided", by: "filter INPUT policy" }]],
    ["by nat OUTPUT 1", [{ kind: "decided", by: "nat OUTPUT 1" }]],
    ["unroutable", [{ kind: "unroutable" }]],
  ] as const)("%s", (words, expected) => expect(readExpectations(words)).toEqual(expected));

  test.each([
    "",
    "lost",
    "dropped 5",
    "15001 5",
    "sent on eth0",
    "sent to",
    "redirected",
    "rejected hard",
    "sent by 9",
  ])("refuses %j", (words) => expect(() => readExpectations(words)).toThrow(TypeError));
});
