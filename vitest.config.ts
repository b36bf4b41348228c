import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** The package by its own name is this working copy, so that examples and the blocks of the docs read as users write them. */
const source = (file: string): string => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^nfwalk$/, replacement: source("index.ts") },
      { find: /^nfwalk\/([a-z-]+)$/, replacement: source("$1.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["test/kernel/**/*.kernel.test.ts", "node_modules", "dist"],
    testTimeout: 60_000,
  },
});

export default config;
