/**
 * The packed project in a browser: bundled by esbuild and by Vite, without Node, without what is
 * not used; and it computes.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { shaderNames } from "../../src/gpu/shader_files.ts"
import { openBrowser, resultOf, WEBGPU } from "../support/browser.ts"
import { type Bundle, bundle, bundlers, installPacked } from "../support/bundlers.ts"
import { root } from "../support/docs_pages.ts"

const ALONE = `import { relu } from "cnn"\nglobalThis.result = String(relu)\n`

const PROGRAM = `
  import { Adam, Conv2d, mean, openGpu, relu } from "cnn"
  const gpu = await openGpu({ adapter: "software" })
  const model = new Conv2d(1, 2, { kernel: 3 }).to(gpu, { seed: 1 })
  const adam = new Adam(model.parameters(), { lr: 0.1 })
  globalThis.result = []
  for (let i = 0; i < 3; i++) {
    const x = gpu.tensor([1, 1, 5, 5], Array.from({ length: 25 }, (_, j) => (j % 7) / 7))
    const loss = mean(relu(model.forward(x)))
    loss.backward()
    adam.step()
    globalThis.result.push((await loss.read())[0])
    gpu.endStep()
  }
  gpu.close()
`

const EVERYTHING = `import * as cnn from "cnn"\nglobalThis.result = Object.entries(cnn).map(([name, value]) => [name, String(value)])\n`

const NOTHING_OF_NODES = /["'`]node:|__vite-browser-external|\brequire\(|\bprocess\.\w/

const textOf = ({ files }: Bundle): string => [...files.values()].join("\n")

/** In the project's folder the name "cnn" leads to the project as it is built. */
function inNode(program: string): number[] {
  const script = `${program}\nconsole.log(JSON.stringify(globalThis.result))`
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: root }).toString())
}

const folder = mkdtempSync(path.join(tmpdir(), "cnn-test-"))
const browser: Browser | string = await openBrowser(WEBGPU)

beforeAll(() => installPacked(folder))
afterAll(async () => {
  rmSync(folder, { recursive: true })
  if (typeof browser !== "string") await browser.close()
})

describe.each(Object.keys(bundlers))("bundled by %s, a program", (name) => {
  let whole: Bundle
  let alone: Bundle
  let everything: Bundle
  beforeAll(async () => {
    whole = await bundle(bundlers[name], folder, "program.mjs", PROGRAM)
    alone = await bundle(bundlers[name], folder, "alone.mjs", ALONE)
    everything = await bundle(bundlers[name], folder, "everything.mjs", EVERYTHING)
  })

  it("holds nothing of Node's", () => {
    expect(textOf(whole)).not.toMatch(NOTHING_OF_NODES)
  })

  it("holds nothing of Node's, whatever it uses of the package", () => {
    expect(textOf(everything)).toMatch(/crossValidate/)
    expect(textOf(everything)).not.toMatch(NOTHING_OF_NODES)
  })

  it("cannot import cnn/node", async () => {
    const program = `import { loadFolder } from "cnn/node"\nglobalThis.result = loadFolder\n`
    await expect(bundle(bundlers[name], folder, "node.mjs", program)).rejects.toThrow(/"?\.\/node"?|cnn\/node/)
  })

  it("holds every kernel, once", () => {
    expect(textOf(whole).match(/\bfn main\(/g)).toHaveLength(shaderNames().length)
  })

  it("leaves out what it does not use", () => {
    for (const part of [/adam/i, /conv2d/i, /@workgroup_size/, /navigator/]) {
      expect(textOf(whole)).toMatch(part)
      expect(textOf(alone)).not.toMatch(part)
    }
    expect(textOf(alone).length).toBeLessThan(textOf(whole).length / 50)
  })

  it("computes in Chromium what it computes in Node", async (context) => {
    if (typeof browser === "string") return context.skip(browser)
    const here = inNode(PROGRAM)
    const there = await resultOf<number[]>(browser, whole)
    expect(here[2]).toBeLessThan(here[0])
    expect(there).toHaveLength(here.length)
    for (const [i, loss] of there.entries()) expect(loss, `loss ${i}`).toBeCloseTo(here[i], 6)
  })
})
