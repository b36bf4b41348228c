import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { NAT, run } from "./run.ts";

describe("nfwalk", () => {
  test("without a command: the help, as an error", () => {
    const { code, out, err } = run([]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: nfwalk COMMAND");
  });

  test("--help lists every command", () => {
    const { code, out } = run(["--help"]);
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(out).toMatch(new RegExp(`^ {2}${name} +${summary.slice(0, 20)}`, "m"));
  });

  test("--version", () => expect(run(["--version"])).toEqual({ code: 0, out: "1.2.3\n", err: "" }));

  test("a command that is not there", () => {
    const { code, err } = run(["lint"]);
    expect(code).toBe(2);
    expect(err).toMatch(/^nfwalk: expected a command \(explain, walk.*\), got "lint"\n {2}hint: nfwalk --help\n$/);
    expect(run(["help", "lint"])).toEqual({ code, out: "", err });
    expect(run(["exlpain"]).err).toMatch(/, got "exlpain"\n {2}hint: did you mean explain\?\n$/);
  });

  test.each(COMMANDS.map((one) => [one.name, one] as const))(
    "%s --help has examples and exit codes",
    (name, command) => {
      const { code, out } = run([name, "--help"]);
      expect([code, out]).toEqual([0, command.help]);
      expect(out).toMatch(/^Usage: nfwalk /);
      expect(out).toContain("Example");
      expect(out).toContain("Exit code");
      expect(run(["help", name]).out).toBe(out);
    },
  );

  test("an option that is not there", () => {
    expect(run(["explain", "--wat"])).toEqual({
      code: 2,
      out: "",
      err: "nfwalk explain: Unknown option '--wat'\n  hint: nfwalk explain --help\n",
    });
    expect(run(["walk", "--packet", "x"]).err).toBe(
      "nfwalk walk: Unknown option '--packet'\n  hint: did you mean --packets?\n",
    );
  });
});

const PACKET = "tcp 10.0.0.2:40000 -> 192.0.2.1:80 uid=1000";

describe("bad input is told with its place", () => {
  test("a file that is not there", () => {
    expect(run(["explain", "no.txt", PACKET])).toEqual({ code: 2, out: "", err: "no.txt: no such file\n" });
  });

  test("the packet", () => {
    expect(
      run(["explain", "nat.txt", "tcp 10.0.0.2:40000 => 192.0.2.1:80"], { "nat.txt": NAT }).err,
    ).toMatchInlineSnapshot(`
      "PACKET:1:20: packet: expected one of uid, gid, mark, tos, ttl, length, payload, type, code, id, sport, dport, seq, ack, window, windowScale, mss, spi, in, out, physIn, physOut, mac, flags, groups, transparent and =, got "=>"
        tcp 10.0.0.2:40000 => 192.0.2.1:80
                           ^^
        hint: a packet is written as: tcp 10.0.0.2:40000 -> 10.96.0.10:80 uid=1000
      "
    `);
  });

  test("a rule", () => {
    const text = NAT.replace("--to-ports 15001", "--to-ports 150010");
    const { code, err } = run(["explain", "nat.txt", PACKET], { "nat.txt": text });
    expect(code).toBe(2);
    expect(err).toMatchInlineSnapshot(`
      "nat.txt:8:69: --to-ports: expected a port, or a range of ports as low-high, got "150010"
        -A OUTPUT -p tcp -m owner ! --uid-owner 1337 -j REDIRECT --to-ports 150010
                                                                            ^^^^^^
      "
    `);
  });

  test("the host's JSON", () => {
    const files = { "nat.txt": NAT, "pod.json": '{\n  "interfaces": [}\n' };
    const { code, err } = run(["explain", "nat.txt", PACKET, "--netns", "pod.json"], files);
    expect(code).toBe(2);
    expect(err).toMatchInlineSnapshot(`
      "pod.json:2:18: expected JSON, got "}"
          "interfaces": [}
                         ^
      "
    `);
  });

  test("a member of the host", () => {
    const files = { "nat.txt": NAT, "pod.json": '{"interfaces": [{"name": "eth0", "addresses": ["10.0.0"]}]}' };
    const { code, err } = run(["explain", "nat.txt", PACKET, "--netns", "pod.json"], files);
    expect([code, err]).toEqual([
      2,
      'pod.json: netns.interfaces[0].addresses[0]: expected an address such as "10.0.0.2/24", got "10.0.0"\n',
    ]);
  });

  test.each([
    [
      '{"names": {"user": {}}}',
      'pod.json: netns.names.user: expected one of users, groups, hosts, services, got "user"; did you mean "users"?\n',
    ],
    ['{"socket": []}', 'did you mean "sockets"?\n'],
    ['{"rulesets": []}', "pod.json: netns.rulesets: the rules are those of the dumps; leave this out\n"],
  ])("the host %s", (json, message) => {
    const { code, err } = run(["explain", "nat.txt", PACKET, "--netns", "pod.json"], {
      "nat.txt": NAT,
      "pod.json": json,
    });
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err.trimEnd().split("\n").length).toBe(1);
  });

  test("a packet with a member that packets do not have", () => {
    const { code, err } = run(["explain", "nat.txt", '{"protocl":"tcp"}'], { "nat.txt": NAT });
    expect([code, err]).toEqual([2, expect.stringMatching(/^PACKET:1: packet\.protocl: .*did you mean "proto"\?\n$/)]);
  });

  test("a device that the host does not have", () => {
    const files = { "nat.txt": NAT, "pod.json": '{"interfaces": [{"name": "eth0", "addresses": ["10.0.0.2/24"]}]}' };
    const { code, err } = run(
      ["explain", "nat.txt", "tcp 10.0.0.9:1 -> 10.0.0.2:80 in=wlan0", "--netns", "pod.json"],
      files,
    );
    expect([code, err]).toEqual([2, 'packet.in: "wlan0" is not a device of this namespace (it has lo, eth0)\n']);
  });

  test("two files that hold the same table", () => {
    const { code, err } = run(["explain", "a.txt", "b.txt", PACKET], { "a.txt": NAT, "b.txt": NAT });
    expect([code, err]).toEqual([2, "b.txt: table nat of ipv4 was read from a.txt already\n"]);
  });

  test.each([
    ["--family", "ipv5", '--family: expected ipv4 or ipv6, got "ipv5"'],
    ["--table", "mange", '--table: expected one of raw, mangle, nat, filter, security, got "mange"'],
    ["--flavour", "bsd", '--flavour: expected legacy or nft, got "bsd"'],
    ["--time", "noon", '--time: expected seconds, got "noon"'],
    ["--color", "red", '--color: expected auto or always or never, got "red"'],
    [
      "--not",
      "90000",
      '--not: expected a port or one of delivered, sent, dropped, rejected, unroutable, queued, answered, undetermined, got "90000"',
    ],
    ["--assume", "NOWHERE 1 out=lo", "--assume: "],
  ])("%s %s", (option, value, message) => {
    const { code, err } = run(["explain", "nat.txt", PACKET, option, value], { "nat.txt": NAT });
    expect(code).toBe(2);
    expect(err.startsWith(message), err).toBe(true);
  });
});
