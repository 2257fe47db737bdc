/** The page of `cnn serve` for whoever has a keyboard, a phone, no WebGPU, or no server at all. */
import { execFileSync } from "node:child_process"
import { pathToFileURL } from "node:url"
import type { Page } from "playwright-core"
import { expect, it } from "vitest"
import { root } from "../support/docs_pages.ts"
import { at, browser, files, onPage, openView, serving } from "./page_fixture.ts"

const VIEWS = ["predict", "errors", "playground"]
const PHONE = { width: 400, height: 800 }

const isReady: Record<string, (page: Page) => Promise<unknown>> = {
  predict: async (page) => {
    await page.setInputFiles("#view-predict .picker input", files.slice(0, 2))
    await page.waitForFunction(() => document.querySelectorAll("#view-predict .cards .heat").length === 2)
  },
  errors: (page) => page.waitForSelector("#view-errors .card, #view-errors .cards p"),
  playground: (page) => page.waitForSelector(".layer canvas"),
}

for (const view of VIEWS)
  onPage(
    `${view} is no wider than a phone, and its text no smaller than can be read`,
    view,
    async (page) => {
      await isReady[view](page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
      const sizes = await page.$$eval("main *", (all) =>
        all
          .filter((one) => one.textContent && one.checkVisibility())
          .map((one) => Number.parseFloat(getComputedStyle(one).fontSize)),
      )
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(13)
    },
    PHONE,
  )

/** What has the focus, as a screen reader would call it. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: element } = document
    return (element?.closest("label") ?? element)?.textContent?.trim().slice(0, 40) ?? ""
  })

/** Presses Tab until something of that name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = []
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press("Tab")
    const now = await focused(page)
    if (now.startsWith(name)) return
    passed.push(now)
  }
  throw new Error(`no ${name} among ${passed.join(" | ")}`)
}

onPage("all of it goes by the keyboard, and what has the focus is seen", "predict", async (page) => {
  await tabTo(page, "To the contents")
  await tabTo(page, "Playground")
  await page.keyboard.press("Enter")
  await page.waitForSelector("button.main:enabled")
  await tabTo(page, "Start")
  expect(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)).toBe("solid")
  await page.keyboard.press("Space")
  await page.waitForFunction(() => Number(document.querySelector("#view-playground .figures dd")!.textContent) > 3)
  expect(await focused(page)).toBe("Pause")
  await page.keyboard.press("Space")
  await page.waitForSelector("button.main:has-text('Start')")
  await tabTo(page, "Learning rate")
  const before = await page.textContent("output")
  await page.keyboard.press("ArrowLeft")
  expect(Number(await page.textContent("output"))).toBeLessThan(Number(before))
  await openView(page, "predict")
  // Asked for well before the key: only then does the browser hand it on.
  const chooser = page.waitForEvent("filechooser")
  await tabTo(page, "Open X-rays")
  await page.keyboard.press("Space")
  await (await chooser).setFiles(files[0])
  await page.waitForSelector("#view-predict .cards .heat")
  await tabTo(page, "Map's opacity")
})

it("a browser without WebGPU is told what to do, and the docs can still be read", async (context) => {
  if (typeof browser === "string") return context.skip(browser)
  const page = await browser.newPage()
  await page.addInitScript("delete Navigator.prototype.gpu")
  await page.goto(serving.address)
  await page.waitForSelector("#trouble:visible")
  expect(await page.textContent("#trouble")).toContain("There is no WebGPU here")
  // In a page of their own: what was trained in this one stays.
  const opening = page.waitForEvent("popup")
  await page.click("text=Read on")
  const docs = await opening
  await docs.waitForSelector("h1:has-text('cnn')")
  await docs.click("text=all metrics")
  await docs.waitForSelector("h1:visible")
  expect(docs.url()).toMatch(/docs\/evaluation\.html/)
  await docs.close()
  await page.close()
})

/** Keeps the page's device where a test finds it. */
const KEEP_DEVICE = `const { requestDevice } = GPUAdapter.prototype
  GPUAdapter.prototype.requestDevice = async function (...options) {
    return (globalThis.device = await requestDevice.apply(this, options))
  }`

it("a device that was lost is replaced: the next image is answered, and maps are drawn", async (context) => {
  if (typeof browser === "string") return context.skip(browser)
  const page = await browser.newPage()
  await page.addInitScript(KEEP_DEVICE)
  await page.goto(`${serving.address}#predict`)
  await page.setInputFiles("#view-predict .picker input", files[0])
  await page.waitForSelector("#view-predict .cards .heat")
  const lost = () => page.evaluate("lost = device; device.destroy()")
  await lost()
  await page.setInputFiles("#view-predict .picker input", files[1])
  await page.waitForFunction(() => document.querySelectorAll("#view-predict .cards .heat").length === 2)
  expect(await page.evaluate("device !== lost")).toBe(true)
  await lost()
  const map = () => page.$eval("#view-predict .cards .heat", (heat) => (heat as HTMLCanvasElement).toDataURL())
  const before = await map()
  await page.selectOption("#view-predict .cards .card select", "grad-cam")
  await page.waitForFunction(
    (before) => document.querySelector<HTMLCanvasElement>("#view-predict .cards .heat")!.toDataURL() !== before,
    before,
  )
  expect(await page.$$("#view-predict .cards .problem")).toEqual([])
  await page.close()
})

it("the site works from a folder, without a server", async (context) => {
  if (typeof browser === "string") return context.skip(browser)
  execFileSync(process.execPath, ["src/page/bundle.mjs", at("site"), at("run")], { cwd: root })
  const page = await browser.newPage()
  const troubles: string[] = []
  page.on("console", (message) => troubles.push(message.text()))
  page.on("pageerror", (error) => troubles.push(String(error)))
  await page.goto(`${pathToFileURL(at("site", "index.html")).href}#predict`)
  // Its run comes with it: ten images, and at once the answer to one of them.
  await page.waitForSelector(".try .heat")
  expect(await page.$$(".samples img")).toHaveLength(10)
  expect(await page.textContent(".glance .figures")).toMatch(/AUC/)
  await page.click(".samples button:nth-child(2)")
  await page.waitForSelector(".try .heat")
  await page.setInputFiles(
    "#view-predict .picker:nth-child(2) input",
    [0, 1].map((fold) => at("run", `fold-${fold}.safetensors`)),
  )
  await page.waitForFunction(() => document.body.textContent!.includes("fold-1.safetensors"))
  await page.setInputFiles("#view-predict .picker input", files[0])
  await page.waitForSelector("#view-predict .cards .heat")
  await page.click("#errors-link a")
  await page.waitForSelector("#view-errors .card, #view-errors .cards p")
  expect(troubles).toEqual([])
  await page.close()
})
