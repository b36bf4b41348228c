import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** The floor of each room of the house (docs/architecture.md): an import goes to a lower floor, never across or up. */
const FLOORS: Readonly<Record<string, number>> = {
  text: 0,
  net: 1,
  predicate: 2,
  conntrack: 3,
  extension: 4,
  ipset: 5,
  matches: 5,
  targets: 5,
  ruleset: 6,
  save: 7,
  list: 7,
  netns: 7,
  dump: 8,
  traverse: 8,
  explain: 9,
  analysis: 9,
  mesh: 9,
  arbitraries: 10,
  assertions: 10,
  cli: 10,
};

const SRC = join(import.meta.dirname, "../src");

const roomOf = (path: string): string | undefined =>
  path.includes("/") ? path.slice(0, path.indexOf("/")) : undefined;

/** Every `from "./…"` of a file, as a path relative to src. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  return [...text.matchAll(/from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g)].map((found) =>
    normalize(join(dirname(file), found[1] ?? found[2]!)),
  );
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

test("there are files to look at", () => expect(files.length).toBeGreaterThan(20));

test.each(files)("%s imports only downward", (file) => {
  const room = roomOf(file);
  const floor = room === undefined ? 11 : FLOORS[room];
  expect(floor, `src/${room} has a floor`).toBeDefined();
  for (const target of importsOf(file)) {
    const other = roomOf(target);
    if (other === room) continue;
    const otherFloor = other === undefined ? 11 : FLOORS[other];
    expect(otherFloor, `${file} -> ${target}`).toBeDefined();
    expect(otherFloor!, `${file} (floor ${floor}) -> ${target} (floor ${otherFloor})`).toBeLessThan(floor!);
  }
});
