import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { alias: { "#device": fileURLToPath(new URL("./src/gpu/device.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    // The software adapter is set up through process.env, which worker threads only get a copy of.
    pool: "forks",
    maxWorkers: 2,
    // What the user's own adapter was tuned to must not change what is tested.
    // The device checks every command, and an error of its fails the test that caused it.
    env: { CNN_TUNE: "off", CNN_DEBUG: "1" },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
