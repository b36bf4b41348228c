import { describe, expect, test } from "vitest";
import { createNetns, ParseError, type SetSpec, setsText } from "../../../src/index.ts";

/** What text or data of sets comes to, as `ipset save` would print it. */
const readBack = (sets: string | readonly SetSpec[]): string => setsText(createNetns({ sets }).sets!);

/** The problem that ipset's text is refused with. */
function problemOf(sets: string): string {
  try {
    createNetns({ sets });
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
  throw new Error("the text was taken");
}

const SAVED = `create allowed hash:net family inet hashsize 1024 maxelem 65536 timeout 300 counters bucketsize 12 initval 0x5e1f2a0b
add allowed 10.0.0.0/8 timeout 0 packets 18446744073709551615 bytes 70
add allowed 10.1.0.0/16 nomatch timeout 299 packets 0 bytes 0
add allowed 192.0.2.7 timeout 12 packets 0 bytes 0
create peers6 hash:ip,port,net family inet6 comment skbinfo
add peers6 fd00::1,tcp:443,fd00:1::/64 comment "office, 2nd floor" skbmark 0x10/0xf0 skbprio 1:10 skbqueue 3
add peers6 fd00::1,icmpv6:128/0,fd00:1::/64
create links hash:net,iface family inet
add links 0.0.0.0/0,eth0
add links 10.0.0.0/8,eth wildcard
add links 10.0.0.0/8,physdev:veth1
create marks hash:ip,mark family inet markmask 0x000000ff
add marks 10.0.0.1,0x00000012
create hosts bitmap:ip,mac range 10.0.0.0-10.0.0.255 timeout 60
add hosts 10.0.0.3 timeout 60
add hosts 10.0.0.4,02:00:00:00:00:01 timeout 59
create ports bitmap:port range 1-1000
add ports 80
create macs hash:mac
add macs 02:00:00:00:00:02
create everything list:set size 8
add everything peers6
add everything allowed
`;

describe("what ipset prints", () => {
  test("ipset save comes back as it was", () => expect(readBack(SAVED)).toBe(SAVED));

  test("seconds that went by are gone", () => {
    const { sets } = createNetns({ sets: SAVED });
    const lines = setsText(sets!, 100)
      .split("\n")
      .filter((line) => line.startsWith("add allowed"));
    expect(lines).toEqual([
      "add allowed 10.0.0.0/8 timeout 0 packets 18446744073709551615 bytes 70",
      "add allowed 10.1.0.0/16 nomatch timeout 199 packets 0 bytes 0",
    ]);
  });

  test("ipset list", () => {
    const listed = `Name: blocked
Type: hash:net
Revision: 7
Header: family inet hashsize 1024 maxelem 65536 comment bucketsize 12 initval 0x01020304
Size in memory: 872
References: 2
Number of entries: 2
Members:
192.0.2.0/24 comment "a b"
198.51.100.9

Name: both
Type: list:set
Revision: 3
Header: size 8
Size in memory: 80
References: 0
Number of entries: 1
Members:
blocked
`;
    expect(
      readBack(listed),
    ).toBe(`create blocked hash:net family inet hashsize 1024 maxelem 65536 comment bucketsize 12 initval 0x01020304
add blocked 192.0.2.0/24 comment "a b"
add blocked 198.51.100.9
create both list:set size 8
add both blocked
`);
  });
});

describe("what people write", () => {
  test.each([
    ["hash:ip", "10.0.0.1-10.0.0.3", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]],
    ["hash:ip", "10.0.0.5/31", ["10.0.0.4", "10.0.0.5"]],
    ["hash:ip netmask 30", "10.0.0.0/29", ["10.0.0.0", "10.0.0.4"]],
    ["hash:ip bitmask 255.0.255.0", "10.5.6.7", ["10.0.6.0"]],
    ["hash:net", "10.0.0.1-10.0.0.6", ["10.0.0.1", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6"]],
    ["hash:net", "10.1.2.3/255.255.0.0", ["10.1.0.0/16"]],
    ["hash:ip,port", "10.0.0.1,80-81", ["10.0.0.1,tcp:80", "10.0.0.1,tcp:81"]],
    ["hash:ip,port", "10.0.0.1,udp:domain", ["10.0.0.1,udp:53"]],
    ["hash:ip,port", "10.0.0.1,icmp:echo-request", ["10.0.0.1,icmp:8/0"]],
    ["hash:ip,port family inet6", "fd00::1,icmpv6:echo-reply", ["fd00::1,icmpv6:129/0"]],
    ["hash:ip,port", "10.0.0.1,47:0", ["10.0.0.1,gre:0"]],
    ["hash:net,net", "10.0.0.0/8,0.0.0.0/0", ["10.0.0.0/8,0.0.0.0/0"]],
    ["hash:ip,mark", "10.0.0.1,63", ["10.0.0.1,0x0000003f"]],
    ["bitmap:ip range 10.0.0.5-10.0.0.250 netmask 28", "10.0.0.3", ["10.0.0.0"]],
    ["bitmap:port from 10 to 20", "12-13", ["12", "13"]],
    ["iphash", "10.0.0.1", ["10.0.0.1"]],
  ])("%s: %s", (type, element, held) => {
    const lines = readBack(`create s ${type}\nadd s ${element}`).split("\n");
    expect(lines.slice(1, -1)).toEqual(held.map((one) => `add s ${one}`));
  });

  test("commands of a script: deleted, flushed, swapped, renamed, destroyed; the same once more with -exist", () => {
    const script = `# blocklist
ipset create new hash:ip
ipset -exist create new hash:ip
ipset -A new 10.0.0.1
ipset add new 10.0.0.2
ipset add new 10.0.0.2 -exist
ipset del new 10.0.0.1
ipset create old hash:ip
ipset add old 10.0.0.9
ipset swap new old
ipset destroy new
ipset create spare hash:ip
ipset add spare 10.0.0.3
ipset flush spare
ipset rename spare empty
COMMIT`;
    expect(readBack(script)).toBe("create old hash:ip\nadd old 10.0.0.2\ncreate empty hash:ip\n");
  });

  test("members of a list stand where they were put", () => {
    const text = "create a hash:ip\ncreate b hash:ip\ncreate c hash:ip\ncreate l list:set\n";
    const added = "add l a\nadd l b before a\nadd l c after b\n";
    expect(readBack(text + added)).toBe(`${text}add l b\nadd l c\nadd l a\n`);
  });

  test("sets as data", () => {
    const sets: readonly SetSpec[] = [
      { name: "blocked", type: "hash:net", options: "timeout 60", members: ["10.0.0.0/8 timeout 5", "192.0.2.1"] },
      { name: "empty", type: "hash:ip" },
    ];
    expect(readBack(sets)).toBe(
      "create blocked hash:net timeout 60\nadd blocked 10.0.0.0/8 timeout 5\nadd blocked 192.0.2.1 timeout 60\ncreate empty hash:ip\n",
    );
  });
});

describe("text that ipset would not take is refused with its place", () => {
  test.each([
    [
      "create s hash:ip\nadd s 10.0.0.300",
      '2:7: ipset: hash:ip of ipv4: expected an address, a range or a network, got "10.0.0.300"',
    ],
    ["create s hash:ip\nadd t 10.0.0.3", '2:5: ipset: there is no set "t"'],
    ["create s hash:ipp", "1:10: ipset: expected a type of set"],
    ["create s hash:ip famly inet", 'unknown option "famly"'],
    ["create s hash:ip family inet6\nadd s 10.0.0.1", "2:7: ipset: hash:ip of ipv6: expected an address"],
    ["create s hash:ip\ncreate s hash:ip", '2:8: ipset: set "s" exists already'],
    ["create s hash:ip\nadd s 10.0.0.1\nadd s 10.0.0.1", '3:7: ipset: "10.0.0.1" is in set s already'],
    ["create s hash:ip\nadd s 10.0.0.1 timeout 3", "2:16: ipset: timeout: the set was created without timeout"],
    ["create s hash:ip\nadd s 10.0.0.1 packets 3", "packets: the set was created without counters"],
    ["create s hash:ip skbinfo\nadd s 10.0.0.1 skbmark 5", "2:24: ipset: skbmark: expected 0xMARK or 0xMARK/0xMASK"],
    ["create s hash:ip timeout soon", '1:26: ipset: timeout: expected a number up to 4294967, got "soon"'],
    ["create s hash:ip timeout", "timeout: expected a number, got nothing"],
    ["create s hash:ip\nadd s 0.0.0.0", "address zero"],
    ["create s hash:net\nadd s 0.0.0.0/0", "expected a network"],
    ["create s hash:ip,port\nadd s 10.0.0.1", "expected an address, a range or a network, comma, a port"],
    ["create s hash:ip,port\nadd s 10.0.0.1,gre:5", "expected a port or a range"],
    ["create s hash:ip maxelem 1\nadd s 10.0.0.1-10.0.0.2", "set s is full: maxelem is 1"],
    ["create s bitmap:ip", "bitmap:ip: expected a range, got none"],
    ["create s bitmap:port range 1-10\nadd s 11", "out of the set's range"],
    ["create l list:set\nadd l s", 'there is no set "s"'],
    ["create l list:set\ncreate m list:set\nadd l m", 'set "m" is a list itself'],
    ["create s hash:ip\ndel s 10.0.0.1", '"10.0.0.1" is not in set s'],
    ["destroy s", 'there is no set "s"'],
    ["create s hash:ip\ncreate l list:set\nadd l s\ndestroy s", 'destroy: set "s" is a member of set l'],
    ["create s hash:ip\ncreate l list:set\nadd l s\ndestroy", 'destroy: set "s" is a member of set l'],
    ["create s hash:ip\ncreate l list:set\nadd l s\nrename s t", 'rename: set "s" is a member of set l'],
    ["create s hash:ip\nrename s", "rename: expected two names of sets"],
    ["make s hash:ip", 'expected create, add, del, flush, destroy, swap or rename, got "make"'],
  ])("%s", (text, message) => expect(problemOf(text)).toContain(message));

  test.each([
    [[{ name: "s", type: "hash:ip", members: ["10.0.0.x"] }], "netns.sets[0].members[0]: hash:ip of ipv4: expected"],
    [[{ name: "s", type: "hash:ip", memebers: [] }], 'did you mean "members"'],
    [[{ name: "s", type: "hash:ip", options: "timeout x" }], "netns.sets[0]: timeout: expected a number"],
    [{}, "netns.sets: expected a list"],
  ])("data: %j", (sets, message) => {
    expect(() => createNetns({ sets: sets as never })).toThrow(TypeError);
    expect(() => createNetns({ sets: sets as never })).toThrow(message);
  });
});
