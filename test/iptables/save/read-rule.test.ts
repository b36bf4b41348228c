import { describe, expect, test } from "vitest";
import { readSpec, refusal, reprint } from "./rule.ts";

const V6 = { family: "ipv6" } as const;

describe("a spec is read and printed in iptables' own order and spelling", () => {
  test.each([
    ["", ""],
    ["-j ACCEPT -s 10.1.2.3/8", "-s 10.0.0.0/8 -j ACCEPT"],
    ["-s 10/8 -d 1.2.3", "-s 10.0.0.0/8 -d 1.2.3.0/32"],
    ["-s 10.9.8.7/255.0.255.0", "-s 10.0.8.0/255.0.255.0"],
    ["-s 0.0.0.0/0 -i + -p all -j DROP", "-j DROP"],
    ["! -s 0.0.0.0/0 ! -i +", "! -s 0.0.0.0/0 ! -i +"],
    ["--source=10.0.0.1 --in-interface eth+ --jump RETURN", "-s 10.0.0.1/32 -i eth+ -j RETURN"],
    ["--sour 10.0.0.1 --out-int lo --prot 6", "-s 10.0.0.1/32 -o lo -p tcp"],
    ["-ptcp -jACCEPT", "-p tcp -j ACCEPT"],
    ["-p TCP", "-p tcp"],
    ["-p 0x11", "-p udp"],
    ["-p 253", "-p 253"],
    ["-p gre", "-p gre"],
    ["! -p ipv6-icmp", "! -p ipv6-icmp"],
    ["! -f -g chain", "! -f -g chain"],
    ["-j REDIRECT --to 15001 -p tcp", "-p tcp -j REDIRECT --to-ports 15001"],
    ["-p tcp --dport 22", "-p tcp -m tcp --dport 22"],
    ["-p tcp --dpo ssh", "-p tcp -m tcp --dport 22"],
    ["-p tcp -m comment --comment z --dport 22", "-p tcp -m comment --comment z -m tcp --dport 22"],
    ["-p tcp -j ACCEPT --dport 22", "-p tcp -m tcp --dport 22 -j ACCEPT"],
    ["-p tcp -j MYCHAIN --dport 22", "-p tcp -m tcp --dport 22 -j MYCHAIN"],
    ["-p tcp -m tcp --dport 1 -m tcp --sport 2", "-p tcp -m tcp --dport 1 -m tcp --sport 2"],
    ["-p tcp -m tcp", "-p tcp -m tcp"],
    ["-m comment --comment -j -j DROP", "-m comment --comment -j -j DROP"],
    ['-m comment --comment "say \\"hi\\""', '-m comment --comment "say \\"hi\\""'],
    ["-p tcp -m tcp --tcp-flags SYN,RST SYN", "-p tcp -m tcp --tcp-flags SYN,RST SYN"],
    ["-m mark --mark 1/0xff -j __proto__", "-m mark --mark 0x1/0xff -j __proto__"],
  ])("%s", (spec, canonical) => expect(reprint(spec)).toBe(canonical));

  test("IPv6 addresses and protocols", () => {
    expect(reprint("-s fe80::1:0/112 ! -d ::1 -p icmpv6", V6)).toBe("-s fe80::1:0/112 ! -d ::1/128 -p ipv6-icmp");
  });
});

describe("extensions that are not modelled keep their words", () => {
  test.each([
    "-m nosuch",
    '-m nosuch --name "a b"  --flag -j ACCEPT',
    "-m nosuch ! --x 1 ! -s 10.0.0.1/32",
    "-p tcp -m nosuch --x 1 -m tcp --dport 22 -j NOSUCH --y z",
    "-j NOSUCH ! --deep 5",
  ])("%s", (spec) => {
    const [rule] = readSpec(spec).rules;
    const unknown = [...rule!.matches, rule!.target].filter((one) => one?.kind === "unknown");
    expect(unknown.length).toBeGreaterThan(0);
    expect(reprint(reprint(spec))).toBe(reprint(spec));
  });

  test("their text is the line's own, quotes and blanks as they stand", () => {
    expect(readSpec('-m nosuch --name  "a \\" b" -j ACCEPT').rules[0]!.matches).toEqual([
      { kind: "unknown", name: "nosuch", save: ' --name  "a \\" b"' },
    ]);
    expect(readSpec("-m nosuch --name 'a b'", { shell: true }).rules[0]!.matches).toEqual([
      { kind: "unknown", name: "nosuch", save: ' --name "a b"' },
    ]);
  });

  test("a name without options is a target if iptables ships it, else a chain", () => {
    expect(readSpec("-j HMARK").rules[0]!.target).toEqual({ kind: "unknown", name: "HMARK", save: "" });
    expect(readSpec("-j HMARK2").rules[0]!.target).toEqual({ kind: "jump", chain: "HMARK2" });
  });
});

describe("one line may stand for several rules", () => {
  test("addresses separated by commas, in iptables' order", () => {
    expect(reprint("-s 10.0.0.1,10.0.0.2 -d 10.1.0.0/16,0.0.0.0/0").split("\n")).toEqual([
      "-s 10.0.0.1/32 -d 10.1.0.0/16",
      "-s 10.0.0.1/32",
      "-s 10.0.0.2/32 -d 10.1.0.0/16",
      "-s 10.0.0.2/32",
    ]);
  });

  test("a host name with several addresses", () => {
    const names = { hosts: { db: ["10.0.0.5", "10.0.0.6", "fd00::5"] } };
    expect(reprint("-d db -j DROP", { names })).toBe("-d 10.0.0.5/32 -j DROP\n-d 10.0.0.6/32 -j DROP");
    expect(reprint("-d db/24", { names: { hosts: { db: "10.0.0.5" } } })).toBe("-d 10.0.0.0/24");
  });

  test("a host that nobody knows stays a name, with a warning at its place", () => {
    const { rules, said } = readSpec("-s 10.0.0.1 -d who.example -j DROP");
    expect(rules).toEqual([
      expect.objectContaining({ destination: { prefix: { name: "who.example" }, negated: false } }),
    ]);
    expect(said).toEqual([expect.objectContaining({ code: "unresolved-name", severity: "warning", column: 16 })]);
  });
});

test("the negation of releases before 1.4.3 is read, with a remark", () => {
  const old = "-s ! 10.0.0.1 -p ! tcp -m mark --mark ! 5";
  expect(reprint(old)).toBe("! -s 10.0.0.1/32 ! -p tcp -m mark ! --mark 0x5");
  expect(readSpec(old).said.map((one) => [one.code, one.column])).toEqual([
    ["old-negation", 4],
    ["old-negation", 18],
    ["old-negation", 39],
  ]);
});

test("a note behind the rule is left out, one in an option's place is not", () => {
  expect(reprint("-j ACCEPT # because")).toBe("-j ACCEPT");
  expect(reprint("-j NOSUCH --x 1 #because")).toBe("-j NOSUCH --x 1");
  expect(reprint("-j #chain")).toBe("-j #chain");
  expect(readSpec("-j ACCEPT # because").said).toEqual([
    expect.objectContaining({ code: "trailing-note", severity: "info", column: 11 }),
  ]);
});

describe("what is refused names place, subject, expected and got", () => {
  test.each([
    ["-m mark --mark 4294967296", '1:16: --mark: expected a 32-bit value or value/mask, got "4294967296"'],
    ["-p tcp --dport 80,8080", '1:16: --dport: expected a port, or a range of ports as low:high, got "80,8080"'],
    ["-p tcp --dport", "1:8: --dport: expected a port, or a range of ports as low:high, got nothing"],
    ["-s 10.0.0.300", /^1:4: -s: expected an IPv4 address.*, got "10\.0\.0\.300"$/],
    ["-s fe80::1", /^1:4: -s: expected an IPv4 address.*, got "fe80::1"$/],
    ["-s 10.0.0.1/33", /^1:4: -s: expected an IPv4 address/],
    ["! -s 10.0.0.1,10.0.0.2", /^1:6: -s: expected one address behind "!"/],
    ["-i abcdefghijklmnop", /^1:4: -i: expected an interface name of 1 to 15 characters/],
    ["-p nosuch", '1:4: -p: expected a protocol name or a number from 0 to 255, got "nosuch"'],
    ["! -p all", /^1:6: -p: .*never matches/],
    ["-s", "1:1: -s: expected a value, got nothing"],
    ["-s 1.1.1.1 -s 1.1.1.2", "1:12: -s: can only be given once"],
    ["-j ACCEPT -g chain", "1:11: -g: the rule has a target already"],
    ["! -j ACCEPT", '1:3: -j: cannot be negated with "!"'],
    ["! ! -s 1.1.1.1", '1:1: expected an option behind "!", got another "!"'],
    ["-j ACCEPT !", '1:11: expected an option behind "!", got nothing'],
    ["--dport 80", /^1:1: unknown option "--dport"/],
    ["-j ACCEPT --to 5", /^1:11: unknown option "--to"/],
    ["-p tcp foo", '1:8: expected an option, got "foo"'],
    ["–p tcp", /^1:1: expected an option, got "–p": it starts with U\+2013/],
    ["-m mark", /^1:4: -m mark: expected --mark$/],
    ["-m mark --mark 1 --mark 2", "1:25: --mark: can only be given once"],
    ["-c 5 x", '1:6: -c: expected packets and bytes, got "5 x"'],
    ["-p tcp -m tcp --s 5", /^1:15: "--s" is ambiguous: expected one of .*--sport/],
  ])("%s", (spec, message) => {
    if (typeof message === "string") expect(refusal(spec)).toBe(message);
    else expect(refusal(spec)).toMatch(message);
  });

  test("what IPv6 does not have", () => {
    expect(refusal("-f", V6)).toMatch(/^1:1: -f: IPv6 has no such option/);
    expect(refusal("-p icmp -m icmp --icmp-type 8", V6)).toMatch(/only for ipv4/);
  });
});
