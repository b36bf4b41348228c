import { expect, test } from "vitest";
import { packetWords } from "../../src/explain/packet-words.ts";
import { goalText } from "../../src/explain/text.ts";
import { readPacket } from "../../src/net/packet.ts";

test.each([
  [
    { proto: 6, src: "10.0.0.2", sport: 80, dst: "10.0.0.9", dport: 1, flags: ["RST", "ACK"] },
    /^tcp 10\.0\.0\.2:80 -> /,
  ],
  [{ proto: 58, dst: "fd00::9", type: 128 }, /^icmpv6 fd00::9 /],
  [{ proto: 0, dst: "10.0.0.9" }, /^0 10\.0\.0\.9$/],
  [{ proto: 253, dst: "10.0.0.9" }, /^253 10\.0\.0\.9$/],
])("%j: the protocol by its name, and the same packet when it is read again", (spec, words) => {
  expect(packetWords(spec)).toMatch(words);
  expect(readPacket(packetWords(spec))).toEqual(readPacket(spec));
});

test.each([
  [15006, "Why not 15006, Envoy's inbound listener (virtualInbound)?"],
  [{ kind: "dropped" }, "Why not dropped?"],
  [{ kind: "sent", out: "eth1" }, 'Why not sent {"out":"eth1"}?'],
  [{ dport: 80 }, 'Why not {"dport":80}?'],
] as const)("the question %j", (goal, question) => expect(goalText(goal)).toBe(question));
