import { defineConfig } from "vitest/config";

// Each test runs the real command line, some of them several times.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 } });
