import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CASES } from "../kernel/fuzz-file.ts";
import { judge } from "../kernel/fuzz-judge.ts";
import type { Observed, Session } from "../kernel/lab-types.ts";

/** A file that the fuzzer wrote: a session, what a kernel did with it, and through which flavour of iptables. */
interface CaseFile extends Omit<Session, "rules"> {
  readonly flavour: "legacy" | "nft";
  readonly rules: readonly string[];
  readonly observed: readonly Observed[];
}

// Kernel truth without a kernel: sessions that the fuzzer once found to differ, and a choice of others.
test.each(readdirSync(CASES).filter((name) => name.endsWith(".json")))("%s ends as the kernel ended it", (name) => {
  const { flavour, observed, rules, ...rest } = JSON.parse(readFileSync(`${CASES}${name}`, "utf8")) as CaseFile;
  const session = { ...rest, rules: rules.join("\n") };
  expect(judge({ session, observed, plan: { flavour } })).toEqual([]);
});
