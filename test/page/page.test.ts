/**
 * The page of `cnn serve` in Chromium: it predicts as `cnn predict` does, shows a run's errors, and
 * trains.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { cp, writeFile } from "node:fs/promises"
import type { Page } from "playwright-core"
import sharp from "sharp"
import { expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { serveRun } from "../support/served.ts"
import { at, browser, DESK, files, onPage, serving } from "./page_fixture.ts"

/** A file name that would run a script, if it were read as HTML. */
const HOSTILE = "<img src=x onerror=alert(1)>.png"

interface Predicted {
  file: string
  probability: number
  calibrated: number
  label: string
}

/** Calibrated probabilities of each card, in the order of the files. */
async function predictions(page: Page, given: Parameters<Page["setInputFiles"]>[1], count: number): Promise<number[]> {
  await page.setInputFiles("#view-predict .picker input", given)
  await page.waitForFunction(
    (n) => document.querySelectorAll("#view-predict .cards :is(.heat, .card .problem)").length >= n,
    count,
  )
  const values = await page.$$eval("#view-predict .cards .bars dd:last-child data", (cells) =>
    cells.map((cell) => Number(cell.getAttribute("value"))),
  )
  return values.reverse()
}

onPage("the prediction is that of cnn predict, for images of every size", "predict", async (page) => {
  const { stdout } = await cnn(["predict", at("run"), ...files, "--json"])
  const said: Predicted[] = JSON.parse(stdout).predictions
  const shown = await predictions(page, files, files.length)
  expect(shown).toHaveLength(files.length)
  const off = said.map(({ calibrated }, i) => Math.abs(shown[i] - calibrated))
  expect(Math.max(...off)).toBeLessThan(1e-4)
  const answers = await page.$$eval("#view-predict .cards .card .answer", (all) => all.map((one) => one.textContent))
  expect(answers.reverse()).toEqual(said.map(({ label }) => `answer: ${label.replace("_", " ")}`))
  // The tick parts the answers as the threshold does, or is left out.
  const ticks = await page.$$eval("#view-predict .cards .card", (cards) =>
    cards.map((card) => card.querySelector<HTMLElement>(".tick")?.style.left),
  )
  const places = ticks.reverse().flatMap((left, i) => (left ? [{ at: Number.parseFloat(left) / 100, ...said[i] }] : []))
  expect(places.length).toBeGreaterThan(0)
  // The table of many sorts, and its CSV is that of cnn predict.
  const column = () =>
    page.$$eval("tbody tr td:nth-child(4)", (cells) => cells.map((cell) => Number.parseInt(cell.textContent!, 10)))
  await page.click("th button:has-text('calibrated')")
  const sorted = await column()
  expect(sorted).toEqual(sorted.toSorted((a, b) => a - b))
  await page.click("th button:has-text('calibrated')")
  expect(await column()).toEqual(sorted.toReversed())
  const download = page.waitForEvent("download")
  await page.click("text=Save as CSV")
  const table = readFileSync((await (await download).path())!, "utf8")
    .trim()
    .split("\n")
  const { stdout: written } = await cnn(["predict", at("run"), ...files, "--csv"])
  expect(table).toHaveLength(files.length + 1)
  expect(table[0]).toBe(written.split("\n")[0])
  for (const { at, calibrated, label } of places) expect(calibrated > at).toBe(label === "fractured")
})

onPage("what is unusual about an image is told first, as in cnn predict", "predict", async (page) => {
  const inverted = at("inverted.png")
  await writeFile(inverted, await sharp(files[2]).negate().png().toBuffer())
  const { stderr } = await cnn(["predict", at("run"), inverted])
  await predictions(page, inverted, 1)
  const said = (await page.textContent("#view-predict .cards .warning"))!
  expect(said).toMatch(/^Warning: inverted/)
  expect(stderr).toContain(said.slice("Warning: ".length, -1))
})

onPage("files that are none are told apart, by names that are never read as HTML", "predict", async (page) => {
  const sixteen = await sharp(new Uint16Array(64), { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace("grey16")
    .png()
    .toBuffer()
  const given = [
    { name: HOSTILE, mimeType: "image/png", buffer: Buffer.from("no image") },
    { name: "16.png", mimeType: "image/png", buffer: sixteen },
    { name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) },
    { name: "film.tif", mimeType: "image/tiff", buffer: Buffer.from("II*\0") },
  ]
  await predictions(page, given, 4)
  const said = await page.$$eval("#view-predict .cards .card .problem", (all) => all.map((one) => one.textContent))
  expect(said[0]).toMatch(/^film\.tif: a TIFF file.*save it as PNG.*cnn predict/)
  expect(said[1]).toBe("empty.png: the file is empty")
  expect(said[2]).toMatch(/^16\.png: 16 bits a pixel.*cnn predict/)
  expect(said[3]).toMatch(/^<img src=x onerror=alert\(1\)>\.png: no PNG, JPEG, WebP or GIF: save it as one/)
  expect(await page.$$("main h3 img")).toEqual([])
})

onPage("files are dropped anywhere, and not opened instead of the page", "predict", async (page) => {
  const drop = (on: string) =>
    page.evaluate((on) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(["no image"], "dropped.png"))
      const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true })
      document.querySelector(on)!.dispatchEvent(event)
      return event.defaultPrevented
    }, on)
  expect(await drop("h1")).toBe(true)
  await page.waitForSelector("#view-predict .cards .card .problem")
  expect(await page.textContent("#view-predict .cards .card h3")).toBe("dropped.png")
})

onPage("a map is laid over the image, as strong as the slider says", "predict", async (page) => {
  await predictions(page, files[0], 1)
  expect(await page.textContent("#view-predict .cards .scale")).toMatch(/^(No evidence|Evidence) for fractured/)
  const opacity = () => page.$eval("#view-predict .cards .heat", (heat) => getComputedStyle(heat).opacity)
  expect(Number(await opacity())).toBeCloseTo(0.6)
  await page.focus("#view-predict .cards .overlay input")
  await page.keyboard.press("Home")
  expect(await opacity()).toBe("0")
  const pixels = () => page.$eval("#view-predict .cards .heat", (heat) => (heat as HTMLCanvasElement).toDataURL())
  const fine = await pixels()
  await page.selectOption("#view-predict .cards .card select", "grad-cam")
  await page.waitForFunction(
    (before) => document.querySelector<HTMLCanvasElement>("#view-predict .cards .heat")!.toDataURL() !== before,
    fine,
  )
})

onPage(
  "the run's errors are those of predictions.csv, with a map by the fold's own network",
  "errors",
  async (page) => {
    const response = await page.evaluate(() => fetch("run.json").then((answer) => answer.json()))
    const wrong = response.predictions.images.filter(
      (image: { label: number; answer: number }) => image.label !== image.answer,
    )
    expect(await page.textContent("#view-errors select")).toContain(`All errors: ${wrong.length}`)
    await page.selectOption("#view-errors select", { label: "All images: 16" })
    expect(await page.$$("#view-errors .card")).toHaveLength(16)
    await page.click("#view-errors .card button")
    await page.waitForSelector("#view-errors .heat")
  },
)

it("a run whose pages are without images has cards without films, and hashed names", async (context) => {
  if (typeof browser === "string") return context.skip(browser)
  await cp(at("run"), at("private"), { recursive: true })
  const config = JSON.parse(readFileSync(at("private", "config.json"), "utf8"))
  writeFileSync(at("private", "config.json"), JSON.stringify({ ...config, hidden: "ab".repeat(32) }))
  const own = await serveRun(at("private"))
  const page = await browser.newPage()
  await page.goto(`${own.address}#errors`)
  await page.selectOption("#view-errors select", { label: "All images: 16" })
  const cards = await page.$$eval("#view-errors .card", (all) => all.map((card) => card.outerHTML))
  expect(cards).toHaveLength(16)
  for (const card of cards) {
    expect(card).toMatch(/<h3>image-[0-9a-f]{12}<\/h3>/)
    expect(card).not.toMatch(/<img|<canvas|<button|phantom-/)
  }
  expect(await page.textContent("#view-errors")).toContain("without images")
  await page.close()
  await own.close()
})

onPage("training lowers the loss, and the filters and maps change with it", "playground", async (page) => {
  await page.waitForSelector("button.main:enabled")
  const filters = () => page.$eval(".filters canvas", (canvas) => (canvas as HTMLCanvasElement).toDataURL())
  const figure = (name: string) =>
    page.$$eval(
      "#view-playground .figures div",
      (all, name) => all.find((one) => one.textContent!.startsWith(name))!.querySelector("dd")!.textContent!,
      name,
    )
  const before = await filters()
  await page.click("button:has-text('One step')")
  await page.waitForFunction(() => document.querySelector("#view-playground .figures dd")!.textContent === "1")
  const first = Number(await figure("loss"))
  expect(first).toBeGreaterThan(0.3)
  await page.waitForFunction(
    (before) => document.querySelector<HTMLCanvasElement>(".filters canvas")!.toDataURL() !== before,
    before,
  )
  await page.click("button:has-text('Start')")
  await page.waitForFunction(() => Number(document.querySelector("#view-playground .figures dd")!.textContent) >= 90)
  await page.click("button:has-text('Pause')")
  await page.waitForSelector("button:has-text('Start')")
  expect(Number(await figure("loss"))).toBeLessThan(first - 0.1)
  await page.click("button:has-text('Reset')")
  await page.waitForFunction(
    (before) => document.querySelector<HTMLCanvasElement>(".filters canvas")!.toDataURL() === before,
    before,
  )
  expect(await figure("step")).toBe("0")
})

onPage(
  "a pixel is clicked and its arithmetic shown; gradients, mistakes, controls in sight",
  "playground",
  async (page) => {
    await page.waitForSelector("button.main:enabled")
    // The image is the first item, so the sixth is layer 4.
    await page.click(".layers li:nth-child(6) canvas")
    expect(await page.textContent(".arithmetic select option:checked")).toBe("4 Conv2d")
    expect(Number(await page.textContent(".arithmetic p output"))).not.toBeNaN()
    expect(await page.$$(".patch")).toHaveLength(3)
    expect(await page.textContent(".arithmetic pre")).toContain("sum += w[")
    expect(await page.isVisible(".gradient canvas")).toBe(false)
    await page.check("text=Show gradients")
    expect(await page.isVisible(".gradient canvas")).toBe(true)
    const title = await page.getAttribute(".wrong button", "title")
    await page.click(".wrong button")
    await page.waitForFunction(
      (title) => document.querySelector(".layers .answer")!.textContent!.startsWith(title!.slice(0, 20)),
      title,
    )
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2))
    const top = await page.$eval("button.main", (button) => button.getBoundingClientRect().top)
    expect(top).toBeGreaterThanOrEqual(0)
    expect(top).toBeLessThan(DESK.height)
    await page.selectOption(".controls select:has(option[value='80'])", "32")
    expect(page.url()).toContain("#playground?network=small&optimizer=adam&pixels=32&rate=-2.5")
  },
)

it("an address has the playground's settings; what it asks for that is not there is left", async (context) => {
  if (typeof browser === "string") return context.skip(browser)
  const page = await browser.newPage()
  await page.goto(`${serving.address}#playground?network=reference&optimizer=none&rate=-3`)
  // Something is to be seen while kernels compile.
  await page.waitForSelector(".earlier img")
  const values = await page.$$eval("#view-playground .desk :is(select, input[type=range])", (all) =>
    all.map((one) => (one as HTMLInputElement).value),
  )
  expect(values).toEqual(["reference", "adam", "48", "-3"])
  await page.close()
})

// Last, as the page then asks those.
onPage("weights that are opened by hand are asked, and those that cannot be are told", "predict", async (page) => {
  const weights = "#view-predict .picker:nth-child(2) input"
  await page.setInputFiles(weights, { name: "bad.safetensors", mimeType: "", buffer: Buffer.from("0123456789") })
  await page.waitForSelector("#view-predict .problem")
  expect(await page.textContent("#view-predict .problem")).toContain("bad.safetensors: not a safetensors file")
  await page.setInputFiles(weights, at("run", "fold-1.safetensors"))
  await page.waitForFunction(() => document.body.textContent!.includes("fold-1.safetensors"))
  const { stdout } = await cnn(["predict", at("run", "fold-1.safetensors"), files[0], "--json"])
  const [shown] = await predictions(page, files[0], 1)
  expect(Math.abs(shown - JSON.parse(stdout).predictions[0].calibrated)).toBeLessThan(1e-4)
})
