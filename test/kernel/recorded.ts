import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Observed, Session } from "./lab-types.ts";

/** A session that was run on a kernel before, with what that kernel did. */
export interface RecordedSession extends Session {
  readonly observed: readonly Observed[];
}

const FOLDER = fileURLToPath(new URL("../../../shared/kernel-cases/", import.meta.url));

/** The files of recorded sessions beside this project; none where only the project is checked out. */
export function recordedFiles(): readonly string[] {
  return existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl.gz")) : [];
}

export function readRecorded(file: string): readonly RecordedSession[] {
  const text = gunzipSync(readFileSync(FOLDER + file)).toString();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedSession);
}
