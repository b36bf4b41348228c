import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { createViteServer } from "vitest/node";
import type { judge } from "./fuzz-judge.ts";
import { recordedRun } from "./fuzz-record.ts";
import type { Played } from "./fuzz-run.ts";
import { labUnavailable } from "./lab.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const reason = labUnavailable();
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The library's modules and the fuzzer's judge, loaded anew with one text changed. */
async function mutatedJudge({
  file,
  from,
  to,
}: Mutation): Promise<{ judge: typeof judge; close: () => Promise<void> }> {
  const server = await createViteServer({
    configFile: false,
    root: ROOT,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
    plugins: [
      {
        name: "nfwalk-mutation",
        enforce: "pre",
        transform: (code, id) => (id === `${ROOT}src/${file}` ? code.replace(from, () => to) : undefined),
      },
    ],
  });
  const loaded = await server.ssrLoadModule("/test/kernel/fuzz-judge.ts");
  return { judge: loaded["judge"] as typeof judge, close: () => server.close() };
}

// The fuzzer is worth what it finds: each of these errors must show in one run of continuous integration.
describe.skipIf(reason !== undefined)(`deliberate errors${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let sessions: readonly Played[];
  beforeAll(async () => {
    sessions = await recordedRun();
  }, 600_000);

  test("without one, nothing differs", async () => {
    const whole = await mutatedJudge({ name: "none", file: "index.ts", from: "", to: "" });
    for (const one of sessions.slice(0, 60)) expect(whole.judge(one)).toEqual([]);
    await whole.close();
  });

  test.each(MUTATIONS.map((one) => [one.name, one] as const))("%s: found", async (_, mutation) => {
    const parts = readFileSync(`${ROOT}src/${mutation.file}`, "utf8").split(mutation.from);
    expect(parts.length, "the text that is to be changed stands there once").toBe(2);
    const mutant = await mutatedJudge(mutation);
    const found = sessions.filter((one) => mutant.judge(one).length > 0);
    await mutant.close();
    expect(found.length, "sessions that differ").toBeGreaterThan(0);
  });
});
