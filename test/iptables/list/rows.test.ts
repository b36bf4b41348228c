import { describe, expect, test } from "vitest";
import { readPrefix } from "../../../src/net/address.ts";
import { nameTable } from "../../../src/net/names.ts";
import { rowOf } from "./harness.ts";

const PLAIN = { lineNumbers: false, verbose: false };
const NUMBERED = { lineNumbers: true, verbose: true };
const prefix = (text: string, negated = false) => ({ prefix: readPrefix(text)!, negated });
const device = (pattern: string, negated = false) => ({ pattern, negated });
const NONE = { packets: 0, bytes: 0 };

describe("the columns of a row", () => {
  test.each([
    [
      "    0     0 DROP       tcp  --  eth+   !lo     10.0.0.0/8          !192.0.2.1           ",
      {
        source: prefix("10.0.0.0/8"),
        destination: prefix("192.0.2.1", true),
        in: device("eth+"),
        out: device("lo", true),
        protocol: { number: 6, negated: false },
        target: { kind: "DROP" },
      },
    ],
    ["    0     0            0    --  *      *       0.0.0.0/0            0.0.0.0/0           ", { target: null }],
    ["    0     0            all  --  any    any     anywhere             anywhere", { target: null }],
    [
      "    0     0 RETURN    !udp  -f  any    any     anywhere             anywhere            ",
      { protocol: { number: 17, negated: true }, fragment: true, target: { kind: "RETURN" } },
    ],
    [
      "    0     0 RETURN     udplite--  any    any     anywhere             anywhere            ",
      { protocol: { number: 136, negated: false }, target: { kind: "RETURN" } },
    ],
    [
      "    0     0            udplite!f  any    any     anywhere             anywhere            ",
      { protocol: { number: 136, negated: false }, fragment: false, target: null },
    ],
    [
      "    0     0 ACCEPT     all  --  any    !+      anywhere             anywhere",
      { out: device("+", true), target: { kind: "ACCEPT" } },
    ],
    [
      "    0     0 MESH_INBOUND_TRAFFIC  6    --  *      *       203.0.113.0/255.0.255.0  !loopback/8",
      {
        source: prefix("203.0.113.0/255.0.255.0"),
        destination: prefix("127.0.0.0/8", true),
        protocol: { number: 6, negated: false },
        target: { kind: "jump", chain: "MESH_INBOUND_TRAFFIC" },
      },
    ],
    ["0 0 ACCEPT all -- any any anywhere default/1", { destination: prefix("0.0.0.0/1"), target: { kind: "ACCEPT" } }],
    [
      "\t0\t0\tACCEPT\tall\t--\tany\tany\tanywhere\tlocalhost\t\r",
      { destination: prefix("127.0.0.1"), target: { kind: "ACCEPT" } },
    ],
  ])("%s", (line, rule) => {
    expect(rowOf(line)).toEqual({ rule: { matches: [], counters: NONE, ...rule }, said: [] });
  });

  test("without -v the interfaces are hidden and there are no counters", () => {
    const { rule } = rowOf("RETURN     all  --  anywhere             anywhere", { columns: PLAIN });
    expect(rule).toEqual({ matches: [], target: { kind: "RETURN" }, hidden: ["in", "out"] });
  });

  test("line numbers and rounded counters", () => {
    const { rule } = rowOf("12    6669  400K RETURN     all  --  any    any     anywhere             anywhere", {
      columns: NUMBERED,
    });
    expect(rule?.counters).toEqual({ packets: 6669, bytes: 400000, rounded: true });
  });

  test.each([
    "ACCEPT     tcp      lo     any     anywhere             anywhere            ",
    "           tcp      lo     any     anywhere             anywhere            ",
    "           ipv6-icmp    lo     any     anywhere             anywhere            ",
  ])("IPv6 up to 1.8.8 has no opt: %s", (line) => {
    const { rule, said } = rowOf(`    0     0 ${line}`, { family: "ipv6" });
    expect(rule?.in).toEqual(device("lo"));
    expect(rule?.target).toEqual(line.startsWith("A") ? { kind: "ACCEPT" } : null);
    expect(said.map((one) => one.code)).toEqual(["ambiguous-anywhere"]);
  });

  test.each(["", "and so on", "0 0 ACCEPT", "some words -- and more", "x 0 ACCEPT all -- any any anywhere anywhere"])(
    "%j is no row",
    (line) => expect(rowOf(line)).toEqual({ rule: undefined, said: [] }),
  );

  test.each([
    ["0 0 ACCEPT foo -- any any anywhere anywhere", "bad-protocol", "foo"],
    ["0 0 ACCEPT !all -- any any anywhere anywhere", "bad-protocol", "!all"],
    ["0 0 ACCEPT all -- any any 10.0.0.256 anywhere", "bad-address", "10.0.0.256"],
    ["0 0 ACCEPT all -- any any anywhere !fd00::1", "bad-address", "!fd00::1"],
  ])("%s is wrong", (line, code, cited) => {
    const { rule, said } = rowOf(line);
    expect(rule).toBeUndefined();
    expect(said).toMatchObject([{ code, cited, severity: "error" }]);
  });

  test("a host that nobody knows keeps its name, one that somebody knows gets its address", () => {
    const line = "0 0 ACCEPT all -- any any !mail.example.org anywhere";
    expect(rowOf(line)).toMatchObject({
      rule: { source: { prefix: { name: "mail.example.org" }, negated: true } },
      said: [{ code: "unresolved-name", cited: "!mail.example.org" }],
    });
    const names = nameTable({
      hosts: { "mail.example.org": "192.0.2.25", two: ["192.0.2.1", "192.0.2.2"], lan: "10.9.0.0" },
    });
    expect(rowOf(line, { names })).toMatchObject({ rule: { source: prefix("192.0.2.25", true) }, said: [] });
    expect(rowOf("0 0 ACCEPT all -- any any lan/16 two", { names })).toMatchObject({
      rule: { source: prefix("10.9.0.0/16"), destination: { prefix: { name: "two" } } },
      said: [{ code: "ambiguous-name", cited: "two" }],
    });
  });

  test("a negated anywhere of IPv6 is not decided", () => {
    const { rule, said } = rowOf("0 0 ACCEPT all -- any any !anywhere ::1", { family: "ipv6" });
    expect(rule?.source).toEqual({ prefix: { name: "anywhere" }, negated: true });
    expect(said).toMatchObject([{ code: "ambiguous-anywhere", cited: "!anywhere" }]);
  });
});

describe("the target column", () => {
  const row = (target: string, text: string, chains?: string[]) =>
    rowOf(`    0     0 ${target}  tcp  --  any    any     anywhere             anywhere            ${text}`, {
      ...(chains && { chains: new Set(chains) }),
    });

  test.each([
    ["TO_PROXY", "", undefined, { kind: "jump", chain: "TO_PROXY" }],
    ["TO_PROXY", "[goto] ", undefined, { kind: "goto", chain: "TO_PROXY" }],
    ["TO_PROXY", "[goto]", undefined, { kind: "goto", chain: "TO_PROXY" }],
    ["MARK", "", ["MARK"], { kind: "jump", chain: "MARK" }],
    ["constructor", "", undefined, { kind: "jump", chain: "constructor" }],
    ["REDIRECT", "", undefined, { kind: "REDIRECT", random: false }],
    [
      "REDIRECT",
      " redir ports 15001",
      undefined,
      { kind: "REDIRECT", ports: { low: 15001, high: 15001 }, random: false },
    ],
    [
      "REDIRECT",
      " redirect ports 15001",
      undefined,
      { kind: "REDIRECT", ports: { low: 15001, high: 15001 }, random: false },
    ],
    ["CT", " NOTRACK", undefined, { kind: "NOTRACK" }],
    ["CT", " CT notrack", undefined, { kind: "CT", notrack: true }],
  ])("%s with %j", (target, text, chains, expected) => {
    expect(row(target, text, chains)).toMatchObject({ rule: { matches: [], target: expected }, said: [] });
  });

  test("a target that is not modelled keeps its text", () => {
    expect(row("ULOG", " tcp dpt:80 ULOG copy_range 0 nlgroup 3")).toMatchObject({
      rule: {
        matches: [{ kind: "tcp" }],
        target: { kind: "unknown", name: "ULOG", list: " ULOG copy_range 0 nlgroup 3" },
      },
      said: [{ code: "unknown-target", severity: "warning", cited: "ULOG copy_range 0 nlgroup 3" }],
    });
  });

  test("so does one whose text is not its own, and one that misses its text", () => {
    expect(row("REDIRECT", " redir ports http-ish").rule).toMatchObject({
      matches: [{ kind: "unknown", list: " redir ports http-ish" }],
    });
    expect(row("DNAT", "")).toMatchObject({
      rule: { target: { kind: "unknown", name: "DNAT", list: "" } },
      said: [{ code: "unknown-target" }],
    });
  });
});

describe("the text behind the columns", () => {
  const row = (text: string, target = "ACCEPT") =>
    rowOf(`    0     0 ${target.padEnd(9)}  tcp  --  any    any     anywhere             anywhere            ${text}`);

  test("what nobody understands is kept up to what somebody does", () => {
    const { rule, said } = row(" tcp dpt:80 frobnicate level 3 mark match 0x1 shine LOG level warn", "LOG");
    expect(rule?.matches).toMatchObject([
      { kind: "tcp" },
      { kind: "unknown", name: "", list: " frobnicate level 3" },
      { kind: "mark", value: 1 },
      { kind: "unknown", list: " shine" },
    ]);
    expect(rule?.target).toMatchObject({ kind: "LOG", level: 4 });
    expect(said.map((one) => [one.code, one.cited])).toEqual([
      ["unknown-match", "frobnicate level 3"],
      ["unknown-match", "shine"],
    ]);
  });

  test("quoted text is not searched for matches", () => {
    expect(row(' FROB match "a tcp dpt:22 b" x').rule?.matches).toMatchObject([
      { kind: "unknown", list: ' FROB match "a tcp dpt:22 b" x' },
    ]);
  });

  test.each([
    [" /* tcp dpt:22 */ tcp dpt:80", [{ kind: "comment", text: "tcp dpt:22" }, { kind: "tcp" }]],
    [" /* a */ b */", [{ kind: "comment", text: "a */ b" }]],
    [" /* a */ tcp dpt:1 b */ mark match 0x1", [{ kind: "comment", text: "a */ tcp dpt:1 b" }, { kind: "mark" }]],
    [
      " /* a */ /* b */",
      [
        { kind: "comment", text: "a" },
        { kind: "comment", text: "b" },
      ],
    ],
    [" /* a */ frob /* b */", [{ kind: "comment" }, { kind: "unknown", list: " frob" }, { kind: "comment" }]],
    [" /* # no note */", [{ kind: "comment", text: "# no note" }]],
  ])("%s", (text, matches) => {
    const found = row(text).rule?.matches;
    expect(found).toHaveLength(matches.length);
    expect(found).toMatchObject(matches);
  });

  test("a log prefix is the target's, whatever it says", () => {
    expect(row(' LOG level warn prefix "tcp dpt:22 "q" "', "LOG").rule).toMatchObject({
      matches: [],
      target: { kind: "LOG", prefix: 'tcp dpt:22 "q" ' },
    });
  });

  test.each([
    [" tcp dpt:80 #rule 7", "#rule 7"],
    [" tcp dpt:80  # why not", "# why not"],
    [" tcp dpt:80 // closed", "// closed"],
    [" tcp dpt:80 ← here", "← here"],
  ])("a note behind what is understood is cut off: %s", (text, cited) => {
    const { rule, said } = row(text);
    expect(rule?.matches).toMatchObject([{ kind: "tcp" }]);
    expect(said).toMatchObject([{ code: "note-ignored", severity: "info", cited }]);
  });

  test("a note behind a target's text, and directly behind the columns", () => {
    expect(row(" redir ports 15006 # in", "REDIRECT")).toMatchObject({
      rule: { target: { kind: "REDIRECT", ports: { low: 15006 } } },
      said: [{ code: "note-ignored", cited: "# in" }],
    });
    const line = "RETURN     all  --  127.0.0.6            anywhere #first";
    expect(rowOf(line, { columns: PLAIN })).toMatchObject({ rule: { matches: [] }, said: [{ cited: "#first" }] });
  });

  test("a note behind what is not understood stays with it", () => {
    expect(row(" frob 3 # why").rule?.matches).toMatchObject([{ kind: "unknown", list: " frob 3 # why" }]);
  });

  test("a name that nobody knows is told from a text that nobody knows", () => {
    const { rule, said } = row(" owner UID match envoy-user", "RETURN");
    expect(rule?.matches).toMatchObject([{ kind: "unknown", list: " owner UID match envoy-user" }]);
    expect(said).toMatchObject([{ code: "unresolved-name", cited: "owner UID match envoy-user" }]);
    expect(said[0]!.message).toContain("give names.users");
  });

  test("texts that iptables prints without a blank", () => {
    expect(row(" tcp dpt:80match bpf 6 0 0 1\0 /* c */").rule?.matches).toMatchObject([
      { kind: "tcp" },
      { kind: "unknown", list: "match bpf 6 0 0 1\0" },
      { kind: "comment" },
    ]);
  });

  test("what came from save text and is not modelled comes back as it was", () => {
    expect(row(' [-m frob --text "a]b" --n 3] mark match 0x1').rule?.matches).toMatchObject([
      { kind: "unknown", name: "frob", save: ' --text "a]b" --n 3' },
      { kind: "mark" },
    ]);
    expect(row(" [-j ULOG --n 3]", "ULOG").rule?.target).toEqual({ kind: "unknown", name: "ULOG", save: " --n 3" });
  });
});
