import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { cachePrefix } from "./fuzz-record.ts";

/** Called by vitest after all tests: recorded runs are for one test run only. */
export function teardown(): void {
  const prefix = cachePrefix(process.pid);
  for (const name of readdirSync(tmpdir())) if (name.startsWith(prefix)) rmSync(`${tmpdir()}/${name}`);
}
