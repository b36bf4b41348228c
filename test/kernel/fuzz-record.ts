import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createLabs } from "./fuzz-labs.ts";
import { PACKETS_PER_SESSION, planOf } from "./fuzz-plan.ts";
import { type Played, play } from "./fuzz-run.ts";

/** Which sessions a run plays. */
export interface RunSize {
  /** Seed of its first session. */
  readonly seed: number;
  readonly packets: number;
}

/** The run that continuous integration makes: fixed, unless the environment says otherwise. */
export const RUN: RunSize = {
  seed: Number(process.env.NFWALK_FUZZ_SEED ?? 20_001),
  packets: Number(process.env.NFWALK_FUZZ_PACKETS ?? 3_060),
};

export const seedsOf = ({ seed, packets }: RunSize): readonly number[] =>
  Array.from({ length: Math.ceil(packets / PACKETS_PER_SESSION) }, (_, at) => seed + at);

/** How the files of one test run begin: they are of the process that runs the tests. */
export const cachePrefix = (process: number): string => `nfwalk-fuzz-${process}-`;

/** A name that changes with everything that shapes what is observed, and with the test run. */
function cacheFile({ seed, packets }: RunSize): string {
  const here = import.meta.dirname;
  const hash = createHash("sha256");
  for (const name of readdirSync(here).sort())
    if (/^(fuzz|lab|agent)/.test(name)) hash.update(readFileSync(`${here}/${name}`));
  return `${tmpdir()}/${cachePrefix(process.ppid)}${seed}-${packets}-${hash.digest("hex").slice(0, 12)}.json`;
}

/**
 * The sessions of a run as the live kernel played them. The kernel is asked once per test run: another test file that
 * wants the same sessions reads what the first one wrote down.
 */
export async function recordedRun(size: RunSize = RUN): Promise<readonly Played[]> {
  const file = cacheFile(size);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as readonly Played[];
  const labs = createLabs();
  try {
    const played: Played[] = [];
    for (const seed of seedsOf(size)) {
      const plan = planOf(seed);
      try {
        played.push(await play(await labs.of(plan), plan));
      } catch (cause) {
        throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause });
      }
    }
    writeFileSync(file, JSON.stringify(played));
    return played;
  } finally {
    await labs.close();
  }
}
