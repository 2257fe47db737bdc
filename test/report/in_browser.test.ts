/** What the report does in a browser: its slider, its columns, its tables, its print. */
import { readdirSync } from "node:fs"
import { cp } from "node:fs/promises"
import path from "node:path"
import { pathToFileURL } from "node:url"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openBrowser } from "../support/browser.ts"
import { cnn } from "../support/cli.ts"
import { at, json, PHANTOM, table, train, writePhantom } from "../support/train_fixture.ts"

const browser: Browser | string = await openBrowser()
beforeAll(async () => {
  expect(await train("run", ...PHANTOM, "--seed", "3")).toMatchObject({ code: 0 })
})
afterAll(async () => {
  if (typeof browser !== "string") await browser.close()
})

/** The run's report unless another page is named, as a file. */
async function open(options: BrowserContextOptions = {}, file = at("run", "report.html")): Promise<Page> {
  const page = await (browser as Browser).newPage({ viewport: { width: 1280, height: 900 }, ...options })
  page.on("pageerror", (error) => expect.fail(error.message))
  await page.goto(pathToFileURL(file).href)
  return page
}

const texts = (page: Page, selector: string) => page.locator(`.panel ${selector}`).allInnerTexts()
const rates = (page: Page) => texts(page, "[data-rate]")
const counts = async (page: Page) => (await texts(page, ".confusion td")).map((text) => Number.parseInt(text, 10))
/** Where a mark is, in the units of its axes. */
const spot = (page: Page, name: string) =>
  page.locator(`[data-spot=${name}]`).evaluate((mark) => {
    const element = mark as unknown as { dataset: { frame: string }; getAttribute(name: string): string }
    const [a, b, c, d] = element.dataset.frame.split(" ").map(Number)
    return [(Number(element.getAttribute("cx")) - a) / b, (Number(element.getAttribute("cy")) - c) / d]
  })

describe.skipIf(typeof browser === "string")("the threshold", () => {
  const percent = (part: number, all: number) => (all > 0 ? `${((100 * part) / all).toFixed(1)} %` : "-")

  it("moves matrix, rates and both marks together, and back", async () => {
    const page = await open()
    const written = [await counts(page), await rates(page), await texts(page, "output")]
    expect(written[0]).toEqual(json("run", "metrics.json").pooled.confusion.atChosen.flat())
    const slider = page.locator(".slider input")
    for (const key of ["Home", "ArrowRight", "End"]) {
      await slider.press(key)
      const t = Number(await slider.inputValue()) / 100
      const rows = table("run", "predictions.csv")
      const count = (label: string, positive: boolean) =>
        rows.filter((row) => row.label === label && Number(row.calibrated) > t === positive).length
      const [tn, fp, fn, tp] = ["not_fractured", "fractured"].flatMap((label) => [count(label, false), count(label, true)]) // biome-ignore format: short
      expect(await counts(page)).toEqual([tn, fp, fn, tp])
      const benefit = (tp - (fp * t) / (1 - t)) / 24
      const expected = [percent(tp, tp + fn), percent(tn, tn + fp), percent(tp, tp + fp), percent(tn, tn + fn)]
      expect(await rates(page)).toEqual([...expected, benefit.toFixed(3)])
      const [x, y] = await spot(page, "roc")
      expect([x, y]).toEqual([expect.closeTo(fp / 12, 2), expect.closeTo(tp / 12, 2)])
      expect((await spot(page, "decision"))[0]).toBeCloseTo(t, 2)
      expect(await texts(page, "output")).toEqual([`${t.toFixed(2)} for all images`])
    }
    await page.locator(".slider button").click()
    expect([await counts(page), await rates(page), await texts(page, "output")]).toEqual(written)
    await slider.press("Home")
    expect(await counts(page)).not.toEqual(written[0])
    await page.close()
  })

  it("is as chosen without scripts, and on paper without a slider", async () => {
    const page = await open({ javaScriptEnabled: false })
    expect(await counts(page)).toEqual(json("run", "metrics.json").pooled.confusion.atChosen.flat())
    expect(await page.locator(".slider").isVisible()).toBe(false)
    await page.close()
    const printed = await open()
    expect(await printed.locator(".slider").isVisible()).toBe(true)
    await printed.emulateMedia({ media: "print" })
    expect(await printed.locator(".slider").isVisible()).toBe(false)
    await printed.close()
  })
})

describe.skipIf(typeof browser === "string")("the page", () => {
  /** The distance of the second chart from the first. */
  const step = async (page: Page, section: string) => {
    const boxes = await Promise.all([0, 1].map((k) => page.locator(`#${section} .chart`).nth(k).boundingBox()))
    return [boxes[1]!.x - boxes[0]!.x, boxes[1]!.y - boxes[0]!.y]
  }

  it("has two columns from 1,000 pixels, one on a phone, and is never wider than the window", async () => {
    for (const [width, columns] of [
      [360, 1],
      [900, 1],
      [1000, 2],
      [1280, 2],
      [1920, 3],
    ]) {
      const page = await open({ viewport: { width, height: 900 } })
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width)
      const [across, down] = await step(page, "learning")
      expect([across > 0, down === 0], `${width}`).toEqual([columns > 1, columns > 1])
      await page.close()
    }
  })

  it("has square plots where both axes are shares", async () => {
    const page = await open()
    const sizes = await page.locator(":is(.panel, #curves) svg, #calibration figure:first-child svg").evaluateAll(
      (all) =>
      all.map((svg) => ["width", "height"].map((name) => Number((svg as unknown as { getAttribute(name: string): string }).getAttribute(name)))), // biome-ignore format: short
    )
    expect(sizes).toHaveLength(5)
    // Beside the plot 68 pixels across, above and below it 58.
    for (const [width, height] of sizes) expect(width - 68).toBe(height - 58)
    await page.close()
  })

  it("scrolls wide tables by keyboard and folds the layers away", async () => {
    const page = await open({ viewport: { width: 360, height: 900 } })
    const wide = page.locator("#folds .wide")
    await wide.focus()
    await wide.press("ArrowRight")
    await expect.poll(() => wide.evaluate((box) => (box as unknown as { scrollLeft: number }).scrollLeft)).toBeGreaterThan(0) // biome-ignore format: short
    const layers = page.locator("#setup table")
    expect(await layers.isVisible()).toBe(false)
    await page.locator("#setup summary").press("Enter")
    expect(await layers.isVisible()).toBe(true)
    await page.close()
  })

  it("prints headings with what follows them, and figures whole", async () => {
    const page = await open()
    await page.emulateMedia({ media: "print" })
    const rules = (selector: string, name: string) =>
      page.evaluate(
        `[...new Set([...document.querySelectorAll("${selector}")].map((e) => getComputedStyle(e).${name}))]`,
      )
    expect(await rules("h2, h3, #learning > p", "breakAfter")).toEqual(["avoid"])
    expect(await rules("figure", "breakInside")).toEqual(["avoid"])
    await page.close()
  })
})

it.skipIf(typeof browser === "string")("an audit has its sets of copies beside each other", async () => {
  const dir = await writePhantom("images", 5)
  const files = readdirSync(path.join(dir, "fractured")).slice(0, 2)
  for (const name of files) await cp(path.join(dir, "fractured", name), path.join(dir, "fractured", `copy-${name}`))
  expect(await cnn(["audit", dir, "--out", at("audit")])).toMatchObject({ stderr: "" })
  const page = await open({}, at("audit", "audit.html"))
  const [one, other] = await page
    .locator("#identical .set")
    .evaluateAll((sets) => sets.map((set) => (set as unknown as { offsetTop: number }).offsetTop))
  expect(other).toBe(one)
  await page.close()
})
