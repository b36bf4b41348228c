import { describe, expect, test } from "vitest";
import {
  type Assumption,
  countsOf,
  createNetns,
  type Netns,
  outcomes,
  type PacketSpec,
  parse,
  send,
  simulate,
} from "../../src/index.ts";

const netns = (rules: string): Netns => createNetns({ rulesets: [parse(rules).ruleset] });

const nat = (...rules: string[]): string =>
  [
    "*nat",
    ":PREROUTING ACCEPT [0:0]",
    ":INPUT ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":POSTROUTING ACCEPT [0:0]",
    ...rules,
    "COMMIT",
    "",
  ].join("\n");

const packet: PacketSpec = { proto: "tcp", dst: "8.8.8.8", dport: 80 };

const ends = (world: Netns, one: PacketSpec = packet): string[] =>
  outcomes(world, one).map(({ walk: { fate } }) => ("dport" in fate ? `${fate.kind} ${fate.dport}` : fate.kind));

describe("an owner that was not given", () => {
  const world = netns(
    nat(
      "-A OUTPUT -p tcp -m owner --uid-owner 1337 -j RETURN",
      "-A OUTPUT -p tcp -m owner --uid-owner 1000-2000 -j REDIRECT --to-ports 15001",
      "-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15002",
    ),
  );

  test("is undetermined, and says on what it depends", () => {
    const { walk, netns: after } = send(world, packet);
    expect(walk.fate).toMatchObject({
      kind: "undetermined",
      because: [
        { table: "nat", chain: "OUTPUT", rule: 1, field: "uid" },
        { table: "nat", chain: "OUTPUT", rule: 2, field: "uid" },
      ],
    });
    expect(after).toBe(world);
  });

  test("has one outcome for each consistent answer: uid 1337 cannot lie in 1000-2000 by another rule's word", () => {
    // 1337; 1000-2000 without 1337; all others, for which rule 3 always holds since 1500 lies in rule 2's range.
    expect(ends(world).sort()).toEqual(["delivered 15001", "delivered 15002", "sent 80"]);
  });

  test("does not matter where no rule asks for it", () => {
    expect(send(netns(nat("-A OUTPUT -p udp -m owner --uid-owner 5 -j RETURN")), packet).walk.fate.kind).toBe("sent");
  });

  test("does not matter where both answers end alike, steps included", () => {
    const same = netns(
      nat("-A OUTPUT -p tcp -m owner --uid-owner 5 -m owner ! --uid-owner 5 -j REDIRECT --to-ports 1"),
    );
    expect(send(same, packet).walk.fate.kind).toBe("sent");
  });
});

describe("chance", () => {
  const world = netns(
    nat(
      "-A OUTPUT -p tcp -m statistic --mode random --probability 0.25 -j REDIRECT --to-ports 1",
      "-A OUTPUT -p tcp -m statistic --mode random --probability 0.5 -j REDIRECT --to-ports 2",
      "-A OUTPUT -p tcp -j REDIRECT --to-ports 3",
    ),
  );

  test("gives outcomes whose probabilities add up to 1", () => {
    const found = new Map(
      outcomes(world, packet).map(({ walk, probability }) => ["dport" in walk.fate && walk.fate.dport, probability]),
    );
    expect([...found.keys()].sort()).toEqual([1, 2, 3]);
    expect(found.get(1)).toBeCloseTo(0.25);
    expect(found.get(2)).toBeCloseTo(0.375);
    expect(found.get(3)).toBeCloseTo(0.375);
  });

  test("is a parameter: draws can be given", () => {
    const drawn = (value: number) => send(world, packet, { random: () => value }).walk.fate;
    expect(drawn(0.1)).toMatchObject({ dport: 1 });
    expect(drawn(0.4)).toMatchObject({ dport: 2 });
    expect(drawn(0.9)).toMatchObject({ dport: 3 });
  });

  test("is drawn once for a packet, whatever else is open", () => {
    const rules = [
      "-A OUTPUT -p tcp -m statistic --mode random --probability 0.5 -j REDIRECT --to-ports 1",
      "-A OUTPUT -p tcp -m statistic --mode random --probability 0.5 -m owner --uid-owner 7 -j REDIRECT --to-ports 2",
    ];
    const drawing = (values: readonly number[]) => {
      let at = 0;
      return { random: () => values[at++ % values.length]! };
    };
    const open = netns(nat(...rules));
    // The first draw decides, and with it nothing is open any more.
    expect(send(open, packet, drawing([0.1, 0.9])).walk.fate).toMatchObject({ dport: 1 });
    expect(
      outcomes(open, packet, drawing([0.9, 0.1, 0.1])).map(({ walk }) => "dport" in walk.fate && walk.fate.dport),
    ).toEqual([80, 2]);
    // A question that makes no difference does not draw again.
    const alike = netns(nat("-A OUTPUT -p tcp -m owner --uid-owner 7 -m owner ! --uid-owner 7", rules[0]!));
    for (const values of [
      [0.9, 0.1],
      [0.1, 0.9],
    ]) {
      const alone = send(alike, packet, drawing(values));
      expect(alone.walk.fate).toMatchObject({ kind: values[0]! < 0.5 ? "delivered" : "sent" });
      const told: string[] = [];
      const observer = ({ kind }: { readonly kind: string }) => void told.push(kind);
      expect(simulate(alike, [packet], { ...drawing(values), observer }).walks).toEqual([alone.walk]);
      expect(told.filter((kind) => kind === "hook")).toHaveLength(alone.walk.fate.kind === "sent" ? 2 : 4);
    }
  });

  test("refuses to list more outcomes than were asked for", () => {
    expect(() => outcomes(world, packet, { limit: 2 })).toThrow(/more than 2/);
  });
});

describe("what several rules ask", () => {
  const filter = (...rules: string[]): string =>
    ["*filter", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n");
  const ARRIVING = "tcp 10.0.0.9:1000 -> 10.0.0.2:80 in=eth0";
  /** The rules that matched, and what each walk supposes. */
  const walks = (rules: string, one = ARRIVING) =>
    outcomes(netns(rules), one).map(({ walk, assumptions }) => [
      walk.steps.flatMap((step) => ("rule" in step ? [step.rule] : [])).join(),
      assumptions.map(({ condition, holds }) => `${condition} ${holds}`).join(", "),
    ]);

  test("a route leads back for all of them or for none, and always over lo", () => {
    const rules = filter("-A PREROUTING -m rpfilter", "-A PREROUTING -m rpfilter --invert")
      .replace("*filter", "*raw")
      .replace("INPUT", "PREROUTING");
    expect(walks(rules)).toEqual([
      ["2", "-m rpfilter false"],
      ["1", "-m rpfilter true"],
    ]);
    expect(walks(rules, "tcp -> 127.0.0.1:80")).toEqual([["1", ""]]);
  });

  test("a packet comes by one port", () => {
    const ports = filter(
      "-A INPUT -m physdev --physdev-in a",
      "-A INPUT -m physdev --physdev-in b",
      "-A INPUT -m physdev ! --physdev-in a",
    );
    expect(walks(ports)).toEqual([
      ["3", "--physdev-in a false, --physdev-in b false"],
      ["1", "--physdev-in a true"],
      ["2,3", "--physdev-in a false, --physdev-in b true"],
    ]);
  });

  test("IPsec is the question, also where a rule asks for none", () => {
    expect(walks(filter("-A INPUT -m policy --dir in --pol none", "-A INPUT -m policy --dir in --pol ipsec"))).toEqual([
      ["1", "-m policy --dir in --pol none true"],
      ["2", "-m policy --dir in --pol none false"],
    ]);
  });

  test("whatever is supposed of all questions, probabilities add up to 1", () => {
    const half = "-m statistic --mode random --probability 0.5";
    const text = filter(
      `-A INPUT -p tcp ${half} -m set --match-set some src -j SYNPROXY`,
      `-A INPUT -p tcp -m policy --dir in --pol ipsec ${half} -j REJECT --reject-with tcp-reset`,
      `-A INPUT -m physdev --physdev-in a -j REJECT`,
      "-A INPUT -p tcp -j SYNPROXY",
      `-A OUTPUT ${half} -m policy --dir out --pol none -j DROP`,
      `-A OUTPUT -m set ! --match-set some dst`,
    );
    const sysctl = { "net.netfilter.nf_conntrack_max": 1 };
    let world = createNetns({ rulesets: [parse(text).ruleset], sysctl, conntrack: true });
    world = send(world, "udp 10.0.0.9:5 -> 9.9.9.9:5 in=eth0 out=eth1").netns;
    expect(world.conntrack.size).toBe(1);
    const found = outcomes(world, `${ARRIVING} flags=ACK`, { answers: true });
    const known = ({ table, chain, rule, condition }: Assumption) => `${table} ${chain} ${rule} ${condition}`;
    const questions = [...new Set(found.flatMap(({ assumptions }) => assumptions.map(known)))];
    expect(questions.filter((one) => one.includes("gives way"))).toHaveLength(1);
    expect(questions.length).toBeGreaterThan(6);
    for (let bits = 0; bits < 2 ** questions.length; bits++) {
      const supposed = (one: Assumption) => ((bits >> questions.indexOf(known(one))) & 1) === (one.holds ? 1 : 0);
      const sum = found
        .filter(({ assumptions }) => assumptions.every(supposed))
        .reduce((all, { probability }) => all + probability, 0);
      expect(sum).toBeCloseTo(1);
    }
  });
});

describe("simulate", () => {
  const world = netns(
    nat(
      "-A OUTPUT -p tcp -m statistic --mode nth --every 2 --packet 0 -j REDIRECT --to-ports 15001",
      "-A OUTPUT -p tcp -m owner --uid-owner 7 -j REDIRECT --to-ports 15007",
    ),
  );

  test("is what as many sends give, open questions included", () => {
    const packets: PacketSpec[] = [];
    for (let at = 0; at < 150; at++)
      packets.push({ ...packet, sport: 1000 + (at % 120), ...(at % 5 !== 0 && { uid: at % 9, gid: 0 }) });
    let now = world;
    const walks = packets.map((one) => {
      const { walk, netns: after } = send(now, one);
      now = after;
      return walk;
    });
    const together = simulate(world, packets);
    expect(together.walks).toEqual(walks);
    expect([...together.netns.conntrack]).toEqual(expect.arrayContaining([...now.conntrack]));
    expect(together.netns.conntrack.size).toBe(now.conntrack.size);
    expect(together.netns.matchState).toEqual(now.matchState);
    expect(world.conntrack.size).toBe(0);
  });

  test("leaves the namespace as it was where a walk is undetermined without a question, as send does", () => {
    const unknown = netns(
      nat("-A OUTPUT -p tcp -m limit --limit 1/s -j LOG", "-A OUTPUT -p tcp -j SOMETHING --of x").replace(
        "*nat",
        "*mangle",
      ),
    );
    const alone = send(unknown, packet);
    const together = simulate(unknown, [packet]);
    expect(alone.netns).toBe(unknown);
    expect(together.walks).toEqual([alone.walk]);
    expect([...together.netns.matchState]).toEqual([]);
    expect(together.netns.counters).toBe(unknown.counters);
  });
});

test("an answer that nobody can follow leaves nothing behind; the packet that it answers does", () => {
  const rules = ["-A INPUT -p udp -j REJECT", "-A OUTPUT -p icmp -j LOG", "-A OUTPUT -p icmp -j SOMETHING --of x"];
  const world = netns(["*filter", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ...rules, "COMMIT", ""].join("\n"));
  const refused = "udp 10.0.0.9:1 -> 10.0.0.2:2 in=eth0";
  const found = send(world, refused, { answers: true });
  expect(found.walk.fate.kind).toBe("rejected");
  expect(found.answer!.walk.fate.kind).toBe("undetermined");
  expect(found.answer!.walk.steps).toMatchObject([{ rule: 1 }, { rule: 2 }]);
  expect(countsOf(found.netns.counters)).toMatchObject([{ table: "filter", chain: "INPUT", rule: 1, packets: 1 }]);
  const together = simulate(world, [refused], { answers: true });
  expect(together.answers).toEqual([found.answer]);
  expect(countsOf(together.netns.counters)).toEqual(countsOf(found.netns.counters));
});

test("a device that the namespace does not have is a RangeError", () => {
  const host = createNetns({ interfaces: [{ name: "eth0", addresses: ["10.0.0.2/24"] }] });
  expect(() => send(host, { ...packet, src: "1.1.1.1", in: "eth7" })).toThrow(/eth7.*lo, eth0/);
});

test("rules that loop, which the kernel refuses, end the walk as undetermined", () => {
  const rules = [
    "*filter",
    ":OUTPUT ACCEPT [0:0]",
    ":A - [0:0]",
    ":B - [0:0]",
    "-A OUTPUT -j A",
    "-A A -g B",
    "-A B -j A",
    "COMMIT",
  ];
  const { fate } = send(netns(`${rules.join("\n")}\n`), packet).walk;
  expect(fate).toMatchObject({
    kind: "undetermined",
    because: [{ table: "filter", message: expect.stringContaining("loop") }],
  });
});
