#!/usr/bin/env node
import { readFileSync, writeFileSync } from "node:fs";
import { main } from "./cli/main.ts";

// A reader that has seen enough (`| head`) closes the pipe: that is no fault.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

/** EX_SOFTWARE of sysexits.h: a fault of nfwalk must not look like the answer no, as Node's own 1 would. */
const FAULT = 70;

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

try {
  process.exitCode = main(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    stdin: () => readFileSync(0, "utf8"),
    readFile: (path) => readFileSync(path, "utf8"),
    writeFile: (path, text) => writeFileSync(path, text),
    isTTY: process.stdout.isTTY === true,
    env: process.env,
    version,
  });
} catch (error) {
  process.stderr.write(
    `${error instanceof Error ? error.stack : error}\nnfwalk: this is a fault of nfwalk ${version}\n`,
  );
  process.exitCode = FAULT;
}
