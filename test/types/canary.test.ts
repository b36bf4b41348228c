import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

/** Runs tsc; its output, also when it finds errors. */
function tsc(...args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, [TSC, ...args], { cwd: ROOT, encoding: "utf8" });
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

/** A type test that nobody compiles passes in silence: these show that ours are compiled, and that a slip is found. */
describe("type tests are looked at", () => {
  test("every one of them belongs to the project", () => {
    const ours = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".test-d.ts"));
    expect(ours.length).toBeGreaterThan(0);
    const listed = tsc("-p", "tsconfig.json", "--listFilesOnly")
      .split("\n")
      .map((line) => basename(line));
    expect(listed).toEqual(expect.arrayContaining(ours));
  });

  test("a wrong argument of a matcher does not compile", () => {
    const folder = mkdtempSync(join(import.meta.dirname, "canary-"));
    try {
      const call = (argument: string) =>
        `import { expect } from "vitest";\nimport "../../../src/vitest.ts";\nexpect(0).toDeliverTo(${argument});\n`;
      writeFileSync(join(folder, "right.ts"), call("15001"));
      writeFileSync(join(folder, "wrong.ts"), call('"15001"'));
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ extends: join(ROOT, "tsconfig.json"), include: ["*.ts"] }),
      );
      const output = tsc("-p", join(folder, "tsconfig.json"));
      expect(output).toMatch(/wrong\.ts\(3,\d+\): error TS2345/);
      expect(output).not.toContain("right.ts");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("vitest's own types compile beside our matchers", () => {
    const folder = mkdtempSync(join(import.meta.dirname, "canary-"));
    try {
      writeFileSync(join(folder, "use.ts"), 'import "../../../src/vitest.ts";\n');
      const compilerOptions = { skipLibCheck: false };
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ extends: join(ROOT, "tsconfig.json"), compilerOptions, include: ["*.ts"] }),
      );
      expect(tsc("-p", join(folder, "tsconfig.json"))).not.toContain("@vitest/expect");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
