/** A run of drawn files, served, and its page in Chromium. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import type { Browser, Page } from "playwright-core"
import sharp from "sharp"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openBrowser, WEBGPU } from "../support/browser.ts"
import { cnn } from "../support/cli.ts"
import { serveRun } from "../support/served.ts"

export const SIZE = 32
/**
 * The first image is of the networks' size, which nothing scales; the others are larger and
 * smaller.
 */
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
  const small = ["--size", `${SIZE}`, "--epochs", "1", "--folds", "2", "--batch", "8"]
  await run("train", "--data", at("data"), ...small, "--out", at("run"))
  files = await Promise.all([...SIDES.map(scaled), turned()])
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

/** A large one in colours that are coarser than its brightness, which its EXIF data turn. */
async function turned(): Promise<string> {
  const file = at("turned.jpg")
  const image = sharp(at("data", "fractured", "phantom-0005.png")).resize(801, 603, { fit: "fill" })
  const coloured = image.tint("#ffa040").withMetadata({ orientation: 6 }).jpeg({ chromaSubsampling: "4:2:0" })
  await writeFile(file, await coloured.toBuffer())
  return file
}

/** One for all tests of a file, as its kernels are compiled once a page. */
let shared: Page | undefined
let troubles: string[] = []

async function opened(chromium: Browser): Promise<Page> {
  const page = await chromium.newPage()
  page.on("pageerror", (error) => troubles.push(String(error)))
  page.on("console", (message) => troubles.push(message.text()))
  page.on("request", (request) => {
    const url = request.url()
    if (!/^(blob:|data:)/.test(url) && !url.startsWith(serving.address)) troubles.push(url)
  })
  await page.goto(`${serving.address}#predict`)
  await page.waitForSelector("#view-predict h2")
  return page
}

export const DESK = { width: 1200, height: 900 }

/**
 * A test with a view open; what the page writes to the console fails it. It says why it is skipped
 * where there is no browser.
 */
export const onPage = (what: string, view: string, body: (page: Page) => Promise<void>, viewport = DESK) =>
  it(what, async (context) => {
    if (typeof browser === "string") return context.skip(browser)
    troubles = []
    const page = (shared ??= await opened(browser))
    await page.setViewportSize(viewport)
    await openView(page, view)
    await body(page)
    expect(troubles).toEqual([])
  })

/** Shows a view as a link does, without the cards of earlier tests. */
export async function openView(page: Page, view: string): Promise<void> {
  await follow(page, "predict")
  const clear = page.locator("#view-predict button", { hasText: "Clear" })
  if (await clear.isVisible()) await clear.click()
  await follow(page, view)
}

async function follow(page: Page, view: string): Promise<void> {
  await page.evaluate((view) => {
    location.hash = view
  }, view)
  await page.waitForSelector(`#view-${view} h2`)
}
