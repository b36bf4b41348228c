import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/**
 * The rooms of the house from the ground up (docs/architecture.md): those of one line stand on one floor. An import goes to
 * a lower floor or stays in its room, never across or up.
 */
const FLOORS: readonly (readonly string[])[] = [
  ["text"],
  ["net"],
  ["predicate"],
  ["conntrack", "program"],
  ["iptables/extension"],
  ["iptables/matches", "iptables/targets"],
  ["iptables/ruleset"],
  ["iptables/save", "iptables/list"],
  ["iptables/dump", "iptables/lower"],
  ["host/sets"],
  ["host"],
  ["netns"],
  ["walk/run"],
  ["walk/leaves", "walk/nat"],
  ["walk/tracking"],
  ["walk/effects"],
  ["walk"],
  ["mesh/istio", "mesh/kube", "mesh/actors", "explain"],
  ["mesh/world"],
  ["mesh/journey"],
  ["assertions", "arbitraries"],
  ["cli"],
];

const SRC = join(import.meta.dirname, "../src");

/** The room of a file, "" for an entry point. */
const roomOf = (path: string): string => (path.includes("/") ? dirname(path) : "");

const floorOf = (room: string): number =>
  room === "" ? FLOORS.length : FLOORS.findIndex((rooms) => rooms.includes(room));

/** Every `from "./…"` of a file, as a path relative to src. `running`: without what is gone when it runs. */
function importsOf(file: string, running = false): string[] {
  const whole = readFileSync(join(SRC, file), "utf8");
  const text = running ? whole.replace(/^import type [^;]*;/gm, "") : whole;
  return [...text.matchAll(/from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g)].map((found) =>
    normalize(join(dirname(file), found[1] ?? found[2]!)),
  );
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

test("there are files to look at", () => expect(files.length).toBeGreaterThan(20));

test.each(files)("%s imports only downward", (file) => {
  const floor = floorOf(roomOf(file));
  expect(floor, `src/${roomOf(file)} has a floor`).toBeGreaterThanOrEqual(0);
  for (const target of importsOf(file)) {
    if (roomOf(target) === roomOf(file)) continue;
    const other = floorOf(roomOf(target));
    expect(other, `${file} -> ${target}: src/${roomOf(target)} has a floor`).toBeGreaterThanOrEqual(0);
    expect(other, `${file} (floor ${floor}) -> ${target} (floor ${other})`).toBeLessThan(floor);
  }
});

/** A circle of imports that starts at a file, or undefined. */
function circleFrom(start: string): readonly string[] | undefined {
  const seen = new Set<string>();
  const open: { readonly file: string; readonly path: readonly string[] }[] = [{ file: start, path: [start] }];
  for (let one = open.pop(); one !== undefined; one = open.pop())
    for (const target of importsOf(one.file, true)) {
      if (target === start) return [...one.path, start];
      if (seen.has(target)) continue;
      seen.add(target);
      open.push({ file: target, path: [...one.path, target] });
    }
  return undefined;
}

test("no file imports itself by way of others", () => {
  for (const file of files) expect(circleFrom(file), file).toBeUndefined();
});
