import { readFileSync } from "node:fs";

/** A fenced block of a Markdown page. */
export interface CodeBlock {
  readonly page: string;
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

/** The fenced blocks of a page, relative to the repository. */
export function blocksOf(page: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8").split("\n");
  for (let at = 0; at < lines.length; at++) {
    const open = /^```(\S+)$/.exec(lines[at]!);
    if (open === null) continue;
    const start = at + 1;
    while (lines[++at] !== "```") if (at >= lines.length) throw new Error(`${page}:${start}: the block does not end`);
    blocks.push({ page, language: open[1]!, line: start, text: lines.slice(start, at).join("\n") });
  }
  return blocks;
}

/**
 * Whether an output is what a page shows: a line `…` in the page stands for any number of lines.
 *
 * Gives the first line of the page that is not found, or undefined.
 */
export function firstMissing(shown: string, output: string): string | undefined {
  const got = output.trimEnd().split("\n");
  let at = 0;
  let skipping = false;
  for (const line of shown.trimEnd().split("\n")) {
    if (line === "…") {
      skipping = true;
      continue;
    }
    if (skipping) {
      while (at < got.length && got[at] !== line) at++;
      skipping = false;
    }
    if (got[at] !== line) return line;
    at++;
  }
  return skipping || at === got.length ? undefined : `(nothing more, but there is: ${got[at]})`;
}
