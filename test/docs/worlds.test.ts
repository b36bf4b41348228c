import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createNetns, readWorld } from "../../src/index.ts";

const page = readFileSync(new URL("../../docs/worlds.md", import.meta.url), "utf8");
const pod = { name: "p", addresses: "10.0.0.1/24" };
const node = { kind: "node", name: "n", nodeIPs: "10.0.0.1/24", podCIDR: "10.1.0.0/24" };

/** The members that may stand where `none` does, as the refusal of `none` names them. */
function membersBeside(world: unknown): readonly string[] {
  try {
    readWorld(world, () => []);
  } catch (error) {
    return /expected one of (.*), got "none"/.exec((error as Error).message)![1]!.split(", ");
  }
  return expect.unreachable("none was taken");
}

test.each([
  ["a world", { none: 1 }],
  ["a pod", { places: [{ ...pod, none: 1 }] }],
  ["a node", { places: [{ ...node, none: 1 }] }],
  ["a netns", { places: [{ kind: "netns", name: "x", none: 1 }] }],
  ["a sidecar", { places: [{ ...pod, actors: [{ kind: "sidecar", none: 1 }] }] }],
  ["a ztunnel", { places: [{ ...pod, actors: [{ kind: "ztunnel", none: 1 }] }] }],
  ["an application", { places: [{ ...pod, actors: [{ kind: "application", none: 1 }] }] }],
  ["a namespace", { places: [{ ...pod, netns: { none: 1 } }] }],
  ["an interface", { places: [{ ...pod, netns: { interfaces: [{ name: "eth0", none: 1 }] } }] }],
  ["a route", { places: [{ ...pod, netns: { routes: [{ to: "default", none: 1 }] } }] }],
  ["a rule", { places: [{ ...pod, netns: { rules: [{ table: 1, none: 1 }] } }] }],
  ["a socket", { places: [{ ...pod, netns: { sockets: [{ proto: "tcp", none: 1 }] } }] }],
])("the page names every member of %s", (_, world) => {
  const members = membersBeside(world);
  expect(members.length).toBeGreaterThan(0);
  // In the text as code, in examples as a key; rules come from dumps, not from the namespace.
  for (const member of members)
    if (member !== "rulesets") expect(page, member).toMatch(new RegExp(`\`${member}\`|"${member}"`));
});

test("the page names every setting of the kernel that counts", () => {
  expect(() => createNetns({ sysctl: { none: 1 } })).toThrow(TypeError);
  try {
    createNetns({ sysctl: { none: 1 } });
  } catch (error) {
    const settings = /that counts \((.*)\), got/.exec((error as Error).message)![1]!.split(", ");
    expect(settings.length).toBeGreaterThan(5);
    for (const setting of settings) expect(page).toContain(`\`${setting}\``);
  }
});
