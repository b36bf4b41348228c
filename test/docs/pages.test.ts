import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { splitShellLine } from "../../src/text/words.ts";
import { run } from "../cli/run.ts";
import { blocksOf, type CodeBlock, firstMissing } from "./blocks.ts";

const ROOT = new URL("../../", import.meta.url);
const pages = [
  "README.md",
  ...readdirSync(new URL("docs/", ROOT))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const blocks = pages.flatMap(blocksOf);
const place = ({ page, line }: CodeBlock): string => `${page}:${line}`;

const SCRATCH = new URL("../.tmp/pages/", import.meta.url);

afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

/** Runs a block as a module of its own, with the package's names leading to the sources and `assert` at hand. */
async function runBlock({ text, page, line }: CodeBlock): Promise<void> {
  mkdirSync(SCRATCH, { recursive: true });
  const file = new URL(`${page.replaceAll("/", "-")}-${line}.ts`, SCRATCH);
  const source = text.replace(
    /from "nfwalk(\/[a-z-]+)?"/g,
    (_, entry: string | undefined) => `from "../../../src/${entry?.slice(1) ?? "index"}.ts"`,
  );
  writeFileSync(file, `import assert from "node:assert/strict";\n${source}\n`);
  await import(/* @vite-ignore */ fileURLToPath(file));
}

describe("code blocks run", () => {
  const code = blocks.filter(({ language }) => language === "ts");
  test("there are some", () => expect(code.length).toBeGreaterThanOrEqual(2));
  test.each(code.map((block) => [place(block), block] as const))("%s", async (_, block) => {
    await runBlock(block);
  });
});

describe("commands print what the pages show", () => {
  const consoles = blocks.filter(({ language }) => language === "console");
  test("there are some", () => expect(consoles.length).toBeGreaterThanOrEqual(1));
  test.each(consoles.map((block) => [place(block), block] as const))("%s", (_, { text }) => {
    const [prompt, ...shown] = text.split("\n");
    const words = splitShellLine(prompt!).map((word) => word.text);
    expect(words.slice(0, 2)).toEqual(["$", "nfwalk"]);
    const named = words.filter((word) => existsSync(new URL(word, ROOT)));
    const files = Object.fromEntries(named.map((word) => [word, readFileSync(new URL(word, ROOT), "utf8")]));
    const { code, out } = run(words.slice(2), files);
    expect(code).toBe(0);
    expect(firstMissing(shown.join("\n"), out)).toBeUndefined();
  });
});

test.each(pages)("%s links only to what is there", (page) => {
  const text = readFileSync(new URL(page, ROOT), "utf8");
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
    .map((found) => found[1]!)
    .filter((link) => !/^https?:/.test(link));
  for (const link of links) expect(existsSync(new URL(link, new URL(page, ROOT))), link).toBe(true);
});
