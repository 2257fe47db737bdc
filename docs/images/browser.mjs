// Takes the README's pictures of a browser: node docs/images/browser.mjs RUN [FOLDER]     RUN is the
// folder of `npx cnn train` with its defaults. Fonts differ between machines, and so do the pictures.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import packaged from "@sparticuz/chromium"
import { chromium } from "playwright-core"
import sharp from "sharp"

const [run, folder = path.dirname(fileURLToPath(import.meta.url))] = process.argv.slice(2)
if (!run) throw new Error("which run? node docs/images/browser.mjs RUN [FOLDER]")
const write = (name, data) => writeFileSync(path.join(folder, name), data)

const browser = await chromium.launch({
  executablePath: process.env.CHROME || (await packaged.executablePath()),
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
})

/** What stands above the report's contents. */
async function report() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" })
  await page.goto(pathToFileURL(path.resolve(run, "report.html")).href)
  const top = await page.locator("body > header").screenshot()
  await page.close()
  return sharp(top).png({ palette: true }).toBuffer()
}

/** The playground from its first step on, a picture every few seconds. */
async function playground(address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" })
  await page.goto(`${address}#playground`)
  await page.waitForSelector("button.main:enabled")
  await page.click("button.main")
  await page.evaluate(() => document.querySelector("#playground-title").scrollIntoView())
  const frames = []
  for (let frame = 0; frame < 30; frame++) {
    await page.waitForTimeout(1200)
    frames.push(
      await sharp(await page.screenshot())
        .resize(720)
        .png()
        .toBuffer(),
    )
  }
  await page.close()
  return sharp(frames, { join: { animated: true } })
    .webp({ quality: 60, effort: 6, loop: 0, delay: frames.map((_, k) => (k === frames.length - 1 ? 2500 : 350)) })
    .toBuffer()
}

write("report.png", await report())

const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))
const server = spawn(process.execPath, [main, "serve", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] })
try {
  let printed = ""
  while (!/http:\S+/.test(printed)) printed += (await once(server.stdout, "data"))[0]
  write("playground.webp", await playground(/http:\S+/.exec(printed)[0]))
} finally {
  server.kill()
  await browser.close()
}
