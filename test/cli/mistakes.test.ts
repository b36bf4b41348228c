import { describe, expect, test } from "vitest";
import { NAT, run } from "./run.ts";

const PACKET = "tcp 10.0.0.2:40000 -> 192.0.2.1:80 uid=1000";
const files = { "nat.txt": NAT, "packet.txt": PACKET };

describe("what is not a dump is told so, with what to do", () => {
  test.each([
    [
      "nft list ruleset",
      "table ip nat {\n\tchain OUTPUT {\n\t\tcounter jump X\n\t}\n}\n",
      "iptables-save prints the same",
    ],
    ["gzip", "\u001f\ufffd\b\0rules", "zcat"],
    ["UTF-16", "\ufffd\ufffd*\0n\0a\0t\0\n\0", "iconv"],
    ["a program", "\u007fELF\u0002\u0001\0\0", "this is no text"],
    ["a failure", "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Permission denied\n", "wants root"],
    [
      "a failure of docker",
      "Error response from daemon: No such container: web\n",
      "command that should print the rules failed",
    ],
    ["a manifest", "initContainers:\n- args:\n  - istio-iptables\n", "nfwalk istio --yaml"],
  ])("%s", (_, text, hint) => {
    const { code, out, err } = run(["explain", "-", PACKET], {}, { stdin: text });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^standard input:1:\d+: /);
    expect(err.trimEnd().split("\n").at(-1)).toMatch(/^ {2}hint: /);
    expect(err).toContain(hint);
  });

  test.each([
    ["nothing", ""],
    ["blank lines", "\n \n"],
    ["a page without a dump", "# Notes\n\n```sh\nls\n```\n"],
  ])("%s", (_, text) => {
    const { code, out, err } = run(["explain", "-", PACKET], {}, { stdin: text });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("expected");
  });

  test("a host without rules is fine", () => {
    expect(run(["explain", "-", PACKET, "--expect", "sent"], {}, { stdin: "-P OUTPUT ACCEPT\n" }).code).toBe(0);
  });
});

describe("arguments in disorder", () => {
  test.each([
    // What a shell makes of a packet without quotes, without and with the file that `>` writes.
    [["explain", "nat.txt", "tcp", "10.0.0.2:1", "->", "192.0.2.1:80"], "in quotes"],
    [["explain", "nat.txt", "tcp", "10.0.0.2:1", "-", "uid=1000"], "in quotes"],
    [["journey", "world.json", "tcp", "-", "from=a"], "in quotes"],
    [["explain", PACKET, "nat.txt"], "expected the packet last"],
    [["journey", "world.json"], 'got only "world.json"'],
    [["explain", "-", "-", PACKET], "standard input can be read once"],
    [["explain", "-", PACKET, "--sets", "-"], "standard input can be read once"],
    [["explain", "", PACKET], '"": no such file'],
  ])("%j", (argv, message) => {
    const { code, out, err } = run(argv, files, { stdin: NAT });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });

  test("packets that are not one a line", () => {
    const list = run(["walk", "nat.txt", "--packets", "p"], { ...files, p: '[{"proto":"tcp"}]' });
    expect(list).toMatchObject({ code: 2, err: expect.stringContaining("hint: jq -c '.[]' p") });
    const laidOut = run(["walk", "nat.txt", "--packets", "p"], { ...files, p: '{\n  "proto": "tcp"\n}' });
    expect(laidOut).toMatchObject({ code: 2, err: expect.stringContaining("hint: jq -c . p") });
  });

  test("a list in place of a host", () => {
    const { code, err } = run(["explain", "nat.txt", PACKET, "--netns", "n"], { ...files, n: '[{"ifname":"lo"}]' });
    expect(code).toBe(2);
    expect(err).toContain('{"interfaces": […]}');
  });

  test.each([
    ['{"kind":"delivred"}', '--expect: kind: expected one of delivered, sent, .*; did you mean "delivered"'],
    ["{}", "--expect: expected members of a fate"],
    ['{"dprt":80}', '--expect: dprt: expected one of kind, .*; did you mean "dport"'],
  ])("--expect %s", (goal, message) => {
    const { code, err } = run(["explain", "nat.txt", PACKET, "--expect", goal], files);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(message));
  });
});

describe("hints", () => {
  const OWNERS = NAT.replace("! --uid-owner 1337", "--uid-owner proxy");
  test("an owner is asked for only if it was not given, a name always", () => {
    const open = NAT.replace("-p tcp -m owner ! --uid-owner 1337", "-p tcp -m owner --uid-owner 1337 --gid-owner 1337");
    expect(run(["explain", "n", "tcp -> 192.0.2.1:80 uid=1337"], { n: open }).err).toMatch(/sends it: gid=1000\n/);
    const { err } = run(["explain", "n", PACKET], { n: OWNERS });
    expect(err).not.toContain("who sends it");
    expect(err).toContain('{"names": {"users": {"proxy": 1337}');
  });

  test("a packet of the other family, once for all packets of a walk", () => {
    const v6 = "tcp [fd00::2]:1 -> [fd00::9]:80";
    const hint = "hint: the dumps hold no ipv6 rules, which alone this packet would meet: ip6tables-save prints them\n";
    expect(run(["explain", "nat.txt", v6], files).err).toBe(hint);
    expect(run(["walk", "nat.txt", "--packets", "p"], { ...files, p: `${v6}\n${v6}\n` }).err).toBe(hint);
    expect(run(["explain", "nat.txt", PACKET], files).err).toBe("");
  });
});

test("a file that the system refuses is bad input, also one to be written", () => {
  const world = JSON.stringify({ places: [{ name: "a", addresses: "10.0.0.1/24", gateways: "10.0.0.9" }] });
  const { code, err } = run(["journey", "w", "tcp -> 10.9.9.9:80 uid=1 gid=1 from=a", "--svg", "no/way.svg"], {
    w: world,
  });
  expect([code, err]).toEqual([2, "--svg: no/way.svg: permission denied\n"]);
});
