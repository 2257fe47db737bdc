/**
 * npm run test:browser: the tests of ops and layers in headless Chromium, on the WebGPU of its own.
 * Where there is no Chromium: one line that says why, and exit code 0, unless CHROME names one.
 */
import path from "node:path"
import { fileURLToPath } from "node:url"
import { playwright } from "@vitest/browser-playwright"
import { defineConfig } from "vitest/config"
import { startBrowser, WEBGPU } from "../support/browser.ts"
import { driverTests } from "./files.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const started = await startBrowser(WEBGPU)
if (typeof started === "string") {
  const named = process.env.CHROME
  console.log(named ? `test:browser: CHROME names ${named}: ${started}` : `test:browser is skipped: ${started}.`)
  process.exit(named ? 1 : 0)
}
await started.browser.close()

/**
 * What the tests ask of Node's environment. Chromium's checks of every access cannot be switched
 * off, as CNN_EXACT has it; commands are checked, see checked_device.ts. The name is one that
 * Chromium gives its adapter, and Node does not: see test/gpu/driver.test.ts.
 */
const env = { CNN_EXACT: "1", CNN_DEBUG: "1", CNN_TEST_DRIVER: "google swiftshader" }

export default defineConfig({
  root,
  define: { "process.env": env },
  resolve: {
    alias: {
      "#device": path.join(root, "test/drivers/checked_device.ts"),
      "#shaders": path.join(root, "dist/shader_texts.js"),
    },
  },
  test: {
    include: driverTests(),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // An adapter is a processor here: two files at a time would share it.
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: started.options }),
      instances: [{ browser: "chromium" }],
    },
  },
})
