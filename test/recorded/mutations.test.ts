import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MUTATIONS } from "../kernel/mutations.ts";

// The kernel tests put deliberate errors into these texts; who changes one sees it here, without root.
test.each(MUTATIONS.map((one) => [one.name, one] as const))("%s: the text stands there once", (_, { file, from }) => {
  expect(readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8").split(from)).toHaveLength(2);
});
