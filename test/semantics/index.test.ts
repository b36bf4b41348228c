import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const HERE = new URL("./", import.meta.url);
/** The specification that the rules were first written in: beside the project, and not part of it. */
const SPECIFICATION = new URL("../../../shared/semantics.md", import.meta.url);
const DOCS = new URL("../../docs/semantics.md", import.meta.url);

/** What docs/semantics.md says of each rule: the test file that it names, or null where it says that there is none. */
function claims(): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  for (const line of readFileSync(DOCS, "utf8").split("\n")) {
    const [, id, rest] = /^- \*\*([A-Z]\d+)\*\* (.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    if (found.has(id)) throw new Error(`docs/semantics.md names ${id} twice`);
    const [, file] = /\*Test:\* ([\w-]+)/.exec(rest!) ?? [];
    if (file === undefined && !rest!.includes("*No test:*")) throw new Error(`${id}: neither *Test:* nor *No test:*`);
    if (!rest!.includes("*Seen:*")) throw new Error(`${id}: does not say how it was seen`);
    found.set(id, file ?? null);
  }
  return found;
}

/** The rules that test titles begin with, and the files of those tests. */
function titles(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of readdirSync(HERE).filter((name) => /^\d\d-.*\.test\.ts$/.test(name)))
    for (const [, id] of readFileSync(new URL(file, HERE), "utf8").matchAll(/\(\s*["'`]([A-Z]\d+) /g)) {
      const files = found.get(id!) ?? new Set();
      found.set(id!, files.add(file.replace(".test.ts", "")));
    }
  return found;
}

describe("docs/semantics.md and the tests", () => {
  const said = claims();
  const tested = titles();

  test("there are rules and tests to compare", () => {
    expect(said.size).toBeGreaterThan(100);
    expect(tested.size).toBeGreaterThan(100);
  });

  test("every rule that names a test file has a test there", () => {
    const missing = [...said].filter(([id, file]) => file !== null && !tested.get(id)?.has(file));
    expect(missing).toEqual([]);
  });

  test("every test is of a rule that names its file", () => {
    const stray = [...tested].flatMap(([id, files]) =>
      [...files].filter((file) => said.get(id) !== file).map((file) => [id, file]),
    );
    expect(stray).toEqual([]);
  });

  test.skipIf(!existsSync(SPECIFICATION))("every numbered rule of ../shared/semantics.md is there", () => {
    const rules = [...readFileSync(SPECIFICATION, "utf8").matchAll(/^([A-Z]\d+)\b.*\*\*\[/gm)].map(([, id]) => id!);
    expect(rules.length).toBeGreaterThan(100);
    expect(rules.filter((id) => !said.has(id))).toEqual([]);
  });
});
