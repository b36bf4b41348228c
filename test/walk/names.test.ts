import { expect, test } from "vitest";
import { createNetns, parse, send } from "../../src/index.ts";

const SAVED = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A OUTPUT -d registry.example -j RETURN
-A OUTPUT -p tcp -m owner --uid-owner java -j RETURN
-A OUTPUT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;
const LISTED = `
Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)
 pkts bytes target     prot opt in     out     source               destination
    0     0 RETURN     all  --  any    any     anywhere             registry.example
    0     0 RETURN     tcp  --  any    any     anywhere             anywhere             owner UID match java
    0     0 REDIRECT   tcp  --  any    any     anywhere             anywhere             redir ports 15001
`;

test.each([
  ["save text", SAVED],
  ["a listing", LISTED],
])("names that parse left open in %s are resolved by createNetns", (_, text) => {
  const { ruleset } = parse(text, { family: "ipv4", table: "nat" });
  const packet = { proto: "tcp", dst: "8.8.8.8", dport: 80, uid: 7, gid: 7 };
  const names = { users: { java: 7 }, hosts: { "registry.example": "9.9.9.9" } };
  expect(send(createNetns({ rulesets: [ruleset] }), packet).walk.fate.kind).toBe("undetermined");
  const known = createNetns({ rulesets: [ruleset], names });
  expect(send(known, packet).walk.fate).toMatchObject({ kind: "sent", dport: 80 });
  expect(send(known, { ...packet, uid: 8 }).walk.fate).toMatchObject({ kind: "delivered", dport: 15001 });
  expect(send(known, { ...packet, uid: 8, dst: "9.9.9.9" }).walk.fate).toMatchObject({ kind: "sent" });
});

test("a listing whose counters were cut out keeps its interfaces", () => {
  const cut = LISTED.replace("pkts bytes ", "")
    .replaceAll(/^ +0 +0 /gm, "")
    .replace("any    any     anywhere             registry", "any    lo      anywhere             registry");
  const { ruleset, diagnostics } = parse(cut, {
    family: "ipv4",
    table: "nat",
    names: { users: { java: 7 }, hosts: { "registry.example": "9.9.9.9" } },
  });
  expect(diagnostics.filter(({ code }) => code === "hidden-interface")).toEqual([]);
  expect(ruleset.tables[0]!.chains[0]!.rules[0]).toMatchObject({ out: { pattern: "lo" } });
});

test("columns that are no listing's are an error with their place", () => {
  const odd = LISTED.replace("in     out     source", "in     out     tos   source");
  expect(() => parse(odd, { table: "nat" })).toThrow(/3:1: columns: expected/);
});
