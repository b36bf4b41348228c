import { describe, expect, test } from "vitest";
import { whyNot } from "../../src/explain/why-not.ts";
import { refText } from "../../src/predicate/rule-ref.ts";
import { send } from "../../src/walk/outcomes.ts";
import { netnsOf, SIDECAR } from "./sidecar.ts";

const rulesOf = (answer: ReturnType<typeof whyNot>): string[] =>
  answer!.rules.map((rule) => `${rule.role} ${refText(rule)}`);

describe("why not", () => {
  test("15006 for what the application sends: only what arrives goes there", () => {
    const answer = whyNot(SIDECAR, "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000 gid=1000", 15006);
    expect(answer?.changes).toEqual([{ field: "in", from: undefined, to: "eth0" }]);
    expect(rulesOf(answer)).toEqual([
      "took nat ISTIO_OUTPUT rule 9",
      "missed nat ISTIO_OUTPUT rule 2",
      "missed nat ISTIO_OUTPUT rule 5",
    ]);
  });

  test("15001 for what Envoy sends: the owner", () => {
    const answer = whyNot(SIDECAR, "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1337 gid=1000", 15001);
    expect(answer?.changes).toEqual([{ field: "uid", from: 1337, to: 1000 }]);
    expect(rulesOf(answer)).toEqual(["took nat ISTIO_OUTPUT rule 4"]);
  });

  test("two changes where one does not do", () => {
    const answer = whyNot(SIDECAR, "tcp -> 127.0.0.1:80 uid=1000 gid=1000", 15006);
    expect(answer?.changes.map((one) => one.field)).toEqual(["uid", "dst"]);
    expect(answer?.walk.fate).toMatchObject({ kind: "delivered", dport: 15006 });
  });

  test("a port that an exclusion names", () => {
    const answer = whyNot(SIDECAR, "tcp 10.244.2.9:40000 -> 10.244.1.5:15020 in=eth0", 15006);
    expect(answer?.changes).toEqual([{ field: "dport", from: 15020, to: 80 }]);
    expect(rulesOf(answer)).toEqual(["took nat ISTIO_INBOUND rule 4"]);
  });

  test("the packet that is shown does go there", () => {
    const answer = whyNot(SIDECAR, "udp -> 8.8.8.8:53 uid=1000 gid=1000", 15001);
    expect(answer?.changes).toEqual([{ field: "proto", from: "udp", to: "tcp" }]);
    expect(send(SIDECAR, answer!.packet).walk).toEqual(answer!.walk);
  });

  test("a packet that goes there as it is needs no change", () => {
    const answer = whyNot(SIDECAR, "tcp -> 192.0.2.1:80 uid=1000 gid=1000", 15001);
    expect(answer).toMatchObject({ changes: [], rules: [] });
  });

  test("null where no rule leads, and the goal's own port is no way to it", () => {
    expect(whyNot(SIDECAR, "tcp -> 192.0.2.1:80 uid=1000 gid=1000", 9999)).toBeNull();
  });

  test("a fate as goal: the mark that a rule asks for", () => {
    const netns = netnsOf("*filter\n:OUTPUT ACCEPT\n-A OUTPUT -m mark --mark 0x7/0xff -j DROP\nCOMMIT");
    const answer = whyNot(netns, "tcp -> 192.0.2.1:80", { kind: "dropped" });
    expect(answer?.changes).toEqual([{ field: "mark", from: undefined, to: 7 }]);
    expect(answer?.rules).toMatchObject([
      { chain: "OUTPUT", rule: 1, role: "missed", why: [{ condition: "--mark 0x7/0xff", found: "the mark is 0x0" }] },
    ]);
  });

  test("the search ends at its limit", () => {
    expect(whyNot(SIDECAR, "tcp -> 127.0.0.1:80 uid=1000 gid=1000", 15006, { limit: 5 })).toBeNull();
  });
});
