/** `npm run test:browser` before it runs anything: what it says where there is no browser, and that no other passes for it. */
import { spawnSync } from "node:child_process"
import { expect, it } from "vitest"
import { openBrowser } from "./browser.ts"
import { root } from "./docs_pages.ts"

const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/drivers/browser.config.ts"]

/** What says to vitest that it is run by vitest. */
const INSIDE = { VITEST: undefined, VITEST_WORKER_ID: undefined, VITEST_POOL_ID: undefined }

function start(CHROME: string | undefined) {
  const env = { ...process.env, ...INSIDE, CHROME, NO_COLOR: "1" }
  return spawnSync(process.execPath, [...VITEST, "test/driver.test.ts"], { cwd: root, env, encoding: "utf8" })
}

it("npm run test:browser says in one line why it skips, and that is no failure", () => {
  const { status, stdout } = start("")
  expect(stdout).toMatch(/^test:browser is skipped: no browser: .+\.\n$/)
  expect(status).toBe(0)
})

it("npm run test:browser fails where the browser that is named does not start", () => {
  const { status, stdout } = start("/nowhere/chromium")
  expect(stdout).toContain("test:browser: CHROME names /nowhere/chromium: no browser: ")
  expect(status).toBe(1)
})

it("npm run test:browser runs a test file in Chromium, on Chromium's adapter", async (context) => {
  const browser = await openBrowser()
  if (typeof browser === "string") return context.skip(browser)
  await browser.close()
  const { status, stdout } = start(process.env.CHROME)
  expect(stdout).toMatch(/chromium\b.*test\/driver\.test\.ts[\s\S]*Tests +1 passed \(1\)/)
  expect(status).toBe(0)
})
