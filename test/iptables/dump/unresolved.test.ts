import { describe, expect, test } from "vitest";
import { createNetns, send } from "../../../src/index.ts";
import { parse } from "../../../src/iptables/dump/parse.ts";
import { chain, rules } from "./load.ts";

const SAVE = "*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\n";
const TEXTS = [
  [
    "save text",
    `${SAVE}-A OUTPUT -d 10.0.0.9/32 -p tcp -m owner ! --uid-owner java -j REDIRECT --to-ports 15001\nCOMMIT\n`,
    6,
  ],
  [
    "a command",
    "iptables -t nat -A OUTPUT -d 10.0.0.9 -p tcp -m owner ! --uid-owner java -j REDIRECT --to-ports 15001\n",
    1,
  ],
  [
    "a listing",
    "# iptables -t nat -nvL OUTPUT\nChain OUTPUT (policy ACCEPT 0 packets, 0 bytes)\n" +
      " pkts bytes target     prot opt in     out     source               destination\n" +
      "    0     0 REDIRECT   6    --  *      *       0.0.0.0/0            10.0.0.9             ! owner UID match java redir ports 15001\n",
    4,
  ],
] as const;

const packet = { proto: "tcp", src: "10.0.0.2", dst: "10.0.0.9", dport: 80, uid: 1000 } as const;

describe.each(TEXTS)("an owner by a name that nobody knows, in %s", (form, text, line) => {
  test("is kept and said", () => {
    const { ruleset, diagnostics } = parse(text);
    expect(diagnostics.filter((one) => one.severity === "warning" && one.code === "unresolved-name")).toEqual([
      expect.objectContaining({ line, message: expect.stringContaining("give names.users") }),
    ]);
    expect(chain(ruleset, "nat", "OUTPUT").rules[0]!.matches).toEqual([
      expect.objectContaining({ kind: "unknown", unresolved: { name: "java", where: "users" } }),
    ]);
    if (form !== "a listing")
      expect(rules(ruleset, "nat")).toEqual([
        "-A OUTPUT -d 10.0.0.9/32 -p tcp -m owner ! --uid-owner java -j REDIRECT --to-ports 15001",
      ]);
  });

  test("leaves a walk undetermined, which says who is not known", () => {
    const { fate } = send(createNetns({ rulesets: [parse(text).ruleset] }), packet).walk;
    expect(fate).toMatchObject({
      kind: "undetermined",
      because: [
        {
          table: "nat",
          chain: "OUTPUT",
          rule: 1,
          field: "uid",
          message: expect.stringMatching(/^nat OUTPUT 1: .*java: unknown user java \(set names\.users\)$/),
        },
      ],
    });
  });

  test("is a number once it is given", () => {
    const { ruleset, diagnostics } = parse(text, { names: { users: { java: 1000 } } });
    expect(diagnostics.filter((one) => one.severity === "warning" && one.code === "unresolved-name")).toEqual([]);
    expect(rules(ruleset, "nat")).toEqual([
      "-A OUTPUT -d 10.0.0.9/32 -p tcp -m owner ! --uid-owner 1000 -j REDIRECT --to-ports 15001",
    ]);
    const netns = createNetns({ rulesets: [ruleset] });
    expect(send(netns, packet).walk.fate).toMatchObject({ kind: "sent", dport: 80 });
    expect(send(netns, { ...packet, uid: 1001 }).walk.fate).toMatchObject({ kind: "delivered", dport: 15001 });
  });
});

test("a group is asked for among the groups", () => {
  const { ruleset } = parse(`${SAVE}-A OUTPUT -m owner --gid-owner proxies -j RETURN\nCOMMIT\n`);
  expect(chain(ruleset, "nat", "OUTPUT").rules[0]!.matches[0]).toMatchObject({
    unresolved: { name: "proxies", where: "groups" },
  });
});

test("what can be no name is refused as before", () => {
  expect(() => parse(`${SAVE}-A OUTPUT -m owner --uid-owner 5-x -j RETURN\nCOMMIT\n`)).toThrow(/--uid-owner: expected/);
});
