/**
 * The engine in Chromium as in Node: augmentation, training and heatmaps; and what it says where
 * there is no adapter.
 */
import { execFileSync } from "node:child_process"
import path from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, expect, it } from "vitest"
import { openBrowser, resultOf, WEBGPU } from "../support/browser.ts"
import { bundleWithEsbuild } from "../support/bundlers.ts"
import { root } from "../support/docs_pages.ts"
import { tempFolder } from "../support/temp_folder.ts"

interface Steps {
  losses: number[]
  map: number[]
  adapter: { kind: string; name: string; backend: string }
}

const FEW_STEPS = `import { fewSteps } from ${JSON.stringify(path.join(root, "test/page/few_steps.mjs"))}\n`
const INDEX = `import { openGpu } from ${JSON.stringify(path.join(root, "dist/src/index.js"))}\n`

const browser: Browser | string = await openBrowser(WEBGPU)
afterAll(async () => {
  if (typeof browser !== "string") await browser.close()
})

const bundled = async (program: string) =>
  bundleWithEsbuild(await tempFolder({ "program.mjs": program }), "program.mjs")

/** A test that says why it is skipped where there is no browser. */
const inChromium = (what: string, body: (chromium: Browser) => Promise<void>) =>
  it(`in Chromium ${what}`, async (context) => (typeof browser === "string" ? context.skip(browser) : body(browser)))

inChromium("a training on the phantom and a heatmap come to the same as in Node", async (chromium) => {
  const script = `${FEW_STEPS}console.log(JSON.stringify(await fewSteps(6)))`
  const args = ["--input-type=module", "-e", script]
  const here: Steps = JSON.parse(execFileSync(process.execPath, args, { cwd: root }).toString())
  const there = await resultOf<Steps>(chromium, await bundled(`${FEW_STEPS}globalThis.result = await fewSteps(6)\n`))
  expect(there.adapter).toMatchObject({ kind: "software", name: "google swiftshader", backend: "browser" })
  expect(here.losses).toHaveLength(6)
  expect(here.losses[5]).toBeLessThan(here.losses[0])
  for (const [i, loss] of there.losses.entries())
    expect(Math.abs(loss - here.losses[i]), `loss ${i}`).toBeLessThan(1e-4)
  const top = Math.max(...here.map)
  expect(top).toBeGreaterThan(0)
  expect(there.map).toHaveLength(here.map.length)
  for (const [i, value] of there.map.entries())
    expect(Math.abs(value - here.map[i]) / top, `pixel ${i}`).toBeLessThan(1e-3)
})

const refused = (options: string) =>
  bundled(`${INDEX}globalThis.result = await openGpu(${options}).then(String, (error) => error.message)\n`)

inChromium("a page that is not secure is told so", async (chromium) => {
  const said = await resultOf<string>(chromium, await refused(""), "http://example.test/")
  expect(said).toContain("navigator.gpu is missing")
  expect(said).toContain("https, or from localhost")
})

inChromium("an adapter that is not there is named, with the one that is", async (chromium) => {
  const said = await resultOf<string>(chromium, await refused('{ adapter: "nvidia" }'))
  expect(said).toContain('No WebGPU adapter fits "nvidia"')
  expect(said).toContain("found: google swiftshader (software)")
})
