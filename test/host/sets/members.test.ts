import { expect, test } from "vitest";
import { createNetns, type Netns, parse, send, setsText } from "../../../src/index.ts";

const rules = `*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -j SET --add-set seen src
-A INPUT -p tcp -j SET --del-set seen src
-A INPUT -m set --match-set seen src
COMMIT
`;

const address = (at: number): string => `10.9.${at >> 8}.${at & 255}`;
const addressesOf = ({ sets }: Netns): string[] =>
  [...setsText(sets!).matchAll(/^add seen (\S+)/gm)].map((found) => found[1]!).sort();

test("a namespace keeps its sets while those that come from it change", () => {
  const begun = createNetns({
    rulesets: [parse(rules, { family: "ipv4" }).ruleset],
    sets: "create seen hash:ip counters",
  });
  const all: Netns[] = [begun];
  for (let at = 0; at < 150; at++) all.push(send(all.at(-1)!, `udp ${address(at)}:1 -> 10.0.0.2:53 in=eth0`).netns);
  for (let at = 0; at < 150; at += 2) all.push(send(all.at(-1)!, `tcp ${address(at)}:1 -> 10.0.0.2:53 in=eth0`).netns);
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => address(from + at));
  for (const count of [0, 1, 47, 48, 49, 50, 99, 150]) expect(addressesOf(all[count]!)).toEqual(names(0, count).sort());
  expect(addressesOf(all.at(-1)!)).toEqual(
    names(0, 150)
      .filter((_, at) => at % 2 === 1)
      .sort(),
  );
  expect(all.at(-1)!.sets!.get("seen")!.members.size).toBe(75);
});

test("counters rise in the next namespace alone", () => {
  const { ruleset } = parse(rules, { family: "ipv4" });
  const before = createNetns({ rulesets: [ruleset], sets: "create seen hash:ip counters\nadd seen 10.0.0.9" });
  const { netns: after } = send(before, "icmp 10.0.0.9 -> 10.0.0.2 in=eth0 length=84");
  expect(setsText(before.sets!)).toContain("packets 0 bytes 0");
  expect(setsText(after.sets!)).toContain("packets 1 bytes 84");
});
