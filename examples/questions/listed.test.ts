/** docs/questions.md and the files of this folder say the same. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";

const page = readFileSync(join(import.meta.dirname, "../../docs/questions.md"), "utf8");
const files = readdirSync(import.meta.dirname).filter(
  (file) => file.endsWith(".test.ts") && file !== basename(import.meta.filename),
);

test("there are twelve questions", () => expect(page.match(/^## \d+\. .+\?$/gm)).toHaveLength(files.length));

test.each(files)("%s is listed with its question", (file) => {
  const text = readFileSync(join(import.meta.dirname, file), "utf8");
  const question = /^\/\*\*\n \* (.+)\n/.exec(text)?.[1];
  const section = page.split(/^## \d+\. /m).find((one) => one.includes(`(../examples/questions/${file})`));
  expect(section?.split("\n")[0]).toBe(question);
});
