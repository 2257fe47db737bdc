/** A run of drawn files, served, and its page in Chromium. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Browser, Page } from "playwright-core"
import sharp from "sharp"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openBrowser, WEBGPU } from "./browser.ts"
import { cnn } from "./cli.ts"
import { serveRun } from "./served.ts"

export const SIZE = 32
/** The first image is of the networks' size, which nothing scales; the others are larger and smaller. */
const SIDES = [SIZE, 117, 200, 20]

const folder = await mkdtemp(path.join(tmpdir(), "cnn-page-"))
export const at = (...names: string[]) => path.join(folder, ...names)
export const browser: Browser | string = await openBrowser(WEBGPU)
export let serving: Awaited<ReturnType<typeof serveRun>>
export let files: string[]

beforeAll(async () => {
  const run = async (...args: string[]) => {
    const { code, stderr } = await cnn(args)
    if (code !== 0) throw new Error(stderr)
  }
  await run("phantom", at("data"), "--count", "16", "--size", `${SIZE}`)
  const small = ["--size", `${SIZE}`, "--epochs", "3", "--folds", "2", "--batch", "8"]
  await run("train", "--data", at("data"), ...small, "--out", at("run"))
  files = await Promise.all(SIDES.map(scaled))
  serving = await serveRun(at("run"))
})
afterAll(async () => {
  if (typeof browser !== "string") await browser.close()
  await serving?.close()
  await rm(folder, { recursive: true, force: true })
})

/** One drawn radiograph at another size. */
async function scaled(side: number): Promise<string> {
  const file = at(`${side}.png`)
  const image = sharp(at("data", "fractured", "phantom-0003.png"))
    .resize(side, side)
    .toColourspace("b-w")
  await writeFile(file, await image.png().toBuffer())
  return file
}

/** A test with the page open; what it writes to the console fails it. It says why it is skipped where there is no browser. */
export const onPage = (
  what: string,
  view: string,
  body: (page: Page) => Promise<void>,
  viewport = { width: 1200, height: 900 },
) =>
  it(what, async (context) => {
    if (typeof browser === "string") return context.skip(browser)
    const page = await browser.newPage({ viewport })
    const troubles: string[] = []
    page.on("pageerror", (error) => troubles.push(String(error)))
    page.on("console", (message) => troubles.push(message.text()))
    page.on("request", (request) => {
      if (!/^(blob:|data:)/.test(request.url()) && !request.url().startsWith(serving.address))
        troubles.push(request.url())
    })
    await page.goto(`${serving.address}#${view}`)
    await page.waitForSelector(`#view-${view} h2`)
    try {
      await body(page)
    } finally {
      await page.close()
    }
    expect(troubles).toEqual([])
  })
