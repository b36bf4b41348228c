import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RecordedCase } from "../recorded/cases.ts";
import type { Played } from "./fuzz-run.ts";

/** Where ordinary tests find the sessions that they replay without a kernel. */
export const CASES: string = fileURLToPath(new URL("../fixtures/kernel-cases/", import.meta.url));

/** A session and what the kernel did with it, in the shape of recorded ones. */
const caseOf = ({ plan, session, observed }: Played): RecordedCase =>
  ({ profile: `fuzz ${plan.seed}`, flavour: plan.flavour, ...session, observed }) as unknown as RecordedCase;

/** One value a line as far as rules, packets and observations go: differences between versions stay readable. */
function text({ rules, packets, observed, ...rest }: RecordedCase): string {
  const list = (values: readonly unknown[]): string => values.map((one) => `\n    ${JSON.stringify(one)}`).join(",");
  const head = Object.entries(rest).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  const shown = list(rules.split("\n"));
  return `{\n${head.join("")}  "rules": [${shown}\n  ],\n  "packets": [${list(packets)}\n  ],\n  "observed": [${list(observed)}\n  ]\n}\n`;
}

/** Writes a case file and gives its path. */
export function writeCase(name: string, played: Played): string {
  mkdirSync(CASES, { recursive: true });
  const path = `${CASES}${name}.json`;
  writeFileSync(path, text(caseOf(played)));
  return path;
}
