import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["test/kernel/**/*.kernel.test.ts", "node_modules", "dist"],
    testTimeout: 60_000,
  },
});

export default config;
