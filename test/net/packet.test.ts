import { describe, expect, test } from "vitest";
import { readPacket } from "../../src/net/packet.ts";
import type { PacketSpec } from "../../src/net/packet-spec.ts";
import { readPacketWords } from "../../src/net/packet-words.ts";
import { ParseError } from "../../src/text/problem.ts";

describe("a packet in words", () => {
  test.each([
    [
      "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1337 out=lo",
      { proto: "tcp", src: "10.244.1.5", sport: 40000, dst: "10.96.0.10", dport: 80, uid: 1337, out: "lo" },
    ],
    ["udp -> [fd00::a]:53", { proto: "udp", dst: "fd00::a", dport: 53 }],
    ["TCP 8.8.8.8:443", { proto: "tcp", dst: "8.8.8.8", dport: 443 }],
    [
      "icmp 10.0.0.1 -> 10.0.0.2 type=3 code=1 id=9",
      { proto: "icmp", src: "10.0.0.1", dst: "10.0.0.2", type: 3, code: 1, id: 9 },
    ],
    ["47 10.0.0.9 -> 10.0.0.2 in=eth0", { proto: 47, src: "10.0.0.9", dst: "10.0.0.2", in: "eth0" }],
    [
      "tcp -> 1.2.3.4:80 flags=syn,ack mark=0x539 groups=5,7 transparent=yes",
      {
        proto: "tcp",
        dst: "1.2.3.4",
        dport: 80,
        flags: ["SYN", "ACK"],
        mark: 0x539,
        groups: [5, 7],
        transparent: true,
      },
    ],
  ])("%s", (words, spec) => expect(readPacketWords(words)).toEqual(spec));

  test.each([
    ["", 1, "a protocol"],
    ["10.0.0.1:80", 1, "a protocol"],
    ["tcp", 4, "a destination"],
    ["tcp 1.2.3.4:80 ->", 18, "a destination"],
    ["tcp -> 1.2.3.4", 8, "with a port"],
    ["tcp -> 1.2.3.4:99999", 8, "65535"],
    ["tcp -> nowhere:80", 8, "an address"],
    ["tcp 1.1.1.1:1 2.2.2.2:2", 15, "->"],
    ["tcp -> 1.2.3.4:80 uid=root", 19, "uid="],
    ["tcp -> 1.2.3.4:80 colour=red", 19, "one of"],
    ["tcp -> 1.2.3.4:80 flags=FOO", 19, "flags="],
  ])("%j is refused at column %i", (words, column, expected) => {
    const read = () => readPacketWords(words);
    expect(read).toThrow(ParseError);
    try {
      read();
    } catch (error) {
      const [problem] = (error as ParseError).diagnostics;
      expect(problem).toMatchObject({ column, line: 1 });
      expect(problem!.message).toContain(expected);
    }
  });
});

describe("a packet as an object", () => {
  test("a device that is null is none, as JSON has it", () => {
    const sent = { proto: "udp", dst: "8.8.8.8", dport: 53, in: null } as unknown as PacketSpec;
    expect(readPacket(sent)).toMatchObject({ in: null, src: null });
    expect(() => readPacket({ ...sent, src: "10.0.0.2", physIn: "a" })).toThrow(/physIn: .*arrives on a device/);
  });

  test("what is left out is what a fresh connection carries; an owner is never supposed", () => {
    const packet = readPacket({ proto: "tcp", dst: "8.8.8.8", dport: 80 });
    expect(packet).toMatchObject({ sport: 40000, flags: 2, ttl: 64, mark: 0, length: 60, uid: undefined, src: null });
    expect(readPacket({ proto: "icmp", dst: "fd00::1" })).toMatchObject({ proto: 58, type: 128, code: 0, dport: -1 });
  });

  test.each([
    ["udp 10.0.0.1:1 -> 10.0.0.2:2 payload=100", 128],
    ["tcp 10.0.0.1:1 -> 10.0.0.2:2 flags=ACK payload=100", 140],
    ["udp [fd00::1]:1 -> [fd00::2]:2 payload=4", 52],
    ["udp 10.0.0.1:1 -> 10.0.0.2:2 payload=100 length=28", 28],
  ])("a payload counts into the length unless that is given: %s", (words, length) => {
    expect(readPacket(words).length).toBe(length);
  });

  test.each([
    [{ proto: "tcp", dst: "8.8.8.8" }, /packet\.dport/],
    [{ proto: "tcp", dst: "8.8.8.8", dport: 70000 }, /packet\.dport: .*65535, got 70000/],
    [{ proto: "tcp", dst: "host", dport: 1 }, /packet\.dst/],
    [{ proto: "tcp", src: "::1", dst: "8.8.8.8", dport: 1 }, /packet\.src/],
    [{ proto: "tcp", in: "eth0", dst: "8.8.8.8", dport: 1 }, /packet\.src.*arrives/],
    [{ proto: "nope", dst: "8.8.8.8" }, /packet\.proto/],
    [{ proto: 256, dst: "8.8.8.8" }, /packet\.proto/],
    [{ proto: "tcp", dst: "8.8.8.8", dport: 1, uid: -1 }, /packet\.uid/],
    [{ proto: "tcp", dst: "8.8.8.8", dport: 1, flags: ["BOO"] }, /packet\.flags/],
  ])("%j is refused", (spec, message) => expect(() => readPacket(spec)).toThrow(message));

  test.each([
    ['{ "dst": "8.8.8.8", "dport": 1 }', /packet\.proto/],
    ['{ "proto": null, "dst": "8.8.8.8", "dport": 1 }', /packet\.proto/],
    ['{ "proto": "", "dst": "8.8.8.8", "dport": 1 }', /packet\.proto/],
    ['{ "proto": "tcp", "dst": "8.8.8.8", "dport": 1, "flags": "SYN" }', /packet\.flags/],
    ['{ "proto": "tcp", "dst": "8.8.8.8", "dport": 1, "groups": ["wheel"] }', /packet\.groups/],
    ['{ "proto": "tcp", "src": "1.1.1.1", "dst": "8.8.8.8", "dport": 1, "in": 5 }', /packet\.in/],
  ])("%s, which no type checker saw, is refused", (json, message) =>
    expect(() => readPacket(JSON.parse(json))).toThrow(message),
  );
});

describe("a member that packets do not have is refused, with the one that was meant", () => {
  const packet = { proto: "tcp", dst: "8.8.8.8", dport: 1 };
  test.each([
    [
      { protocl: "tcp", dst: "8.8.8.8" },
      'packet.protocl: expected one of proto, src, .*got "protocl"; did you mean "proto"',
    ],
    [{ ...packet, "d-port": 2 }, 'packet\\["d-port"\\]: .*did you mean "dport"'],
    [{ ...packet, banana: 1 }, 'packet.banana: expected one of .*, quoted.*, got "banana"$'],
    [{ ...packet, transparent: "yes" }, 'packet.transparent: expected true or false, got "yes"'],
    [{ ...packet, sport: Number.NaN }, "packet.sport: expected a whole number from 0 to 65535, got NaN"],
    [{ ...packet, proto: "0x6" }, 'packet.proto: .*got "0x6"'],
    [{ proto: "icmp", dst: "8.8.8.8", type: 3, quoted: { ...packet, dport: -1 } }, "packet.quoted.dport: .*got -1"],
    [null, "packet: expected an object or words, got null"],
  ])("%j", (spec, message) => expect(() => readPacket(spec as never)).toThrow(new RegExp(message)));

  test("in words, too", () => {
    expect(() => readPacketWords("tcp -> 8.8.8.8:1 udi=5")).toThrow(/1:18: packet: expected one of uid, gid/);
    try {
      readPacketWords("tcp -> 8.8.8.8:1 udi=5");
    } catch (error) {
      expect((error as ParseError).diagnostics[0]!.hint).toBe("did you mean uid=?");
    }
  });
});
