/**
 * `npm run test:browser`: what it says where there is no browser, that it runs in one; and the
 * table of all drivers.
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { openBrowser } from "../support/browser.ts"
import { filesIn, readPage, root } from "../support/docs_pages.ts"

const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--config", "test/drivers/browser.config.ts"]

/** What says to vitest that it is run by vitest. */
const INSIDE = { VITEST: undefined, VITEST_WORKER_ID: undefined, VITEST_POOL_ID: undefined }

function start(CHROME: string | undefined) {
  const env = { ...process.env, ...INSIDE, CHROME, NO_COLOR: "1" }
  return spawnSync(process.execPath, [...VITEST, "test/gpu/driver.test.ts"], { cwd: root, env, encoding: "utf8" })
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
  expect(stdout).toMatch(/chromium\b.*test\/gpu\/driver\.test\.ts[\s\S]*Tests +1 passed \(1\)/)
  expect(status).toBe(0)
})

describe("npm run drivers", () => {
  const table = (...args: string[]) => {
    const env = { ...process.env, ...INSIDE }
    return spawnSync(process.execPath, ["test/drivers/table.mjs", ...args], { cwd: root, env, encoding: "utf8" })
  }
  const ops = filesIn("src/layers", /\.ts$/).flatMap((file) =>
    [...readFileSync(path.join(root, file), "utf8").matchAll(/\bop\("(\w+)"/g)].map(([, op]) => op),
  )

  it("prints a driver's column, from the tests that it ran", () => {
    const { status, stdout, stderr } = table("swiftshader", "test/layers/activations.test.ts")
    expect(stderr).toMatch(/^swiftshader: Tests +\d+ passed \(\d+\), Duration/)
    expect(stdout).toContain("| op | what | swiftshader |\n| --- | --- | --- |\n")
    expect(stdout).toContain("| relu | result | 0.0e+0, 0.0 |\n")
    expect(stdout).toMatch(/\| sigmoid \| gradients \| [1-9]\.\de-7, \d\.\d \|/)
    expect(status).toBe(0)
  })

  it("names the drivers that there are where it is asked for another", () => {
    const { status, stderr } = table("vulkan")
    expect(stderr).toBe('npm run drivers: there is no driver "vulkan"; there are swiftshader, lavapipe, chromium\n')
    expect(status).toBe(1)
  })

  it("has written a table, of each op in it all rows on every driver; a newer op joins with the next run", () => {
    const rows = readPage("docs/drivers.md").text.matchAll(/^\| (\w+) \| (result|gradients) \|((?: \S+, \S+ \|){3})$/gm)
    const written = [...rows].map(([, op, what]) => `${op} ${what}`)
    const measured = ops.filter((op) => written.some((row) => row.startsWith(`${op} `)))
    expect(measured.length).toBeGreaterThan(15)
    expect(written).toEqual(expect.arrayContaining(measured.flatMap((op) => [`${op} result`, `${op} gradients`])))
  })
})
