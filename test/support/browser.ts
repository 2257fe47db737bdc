/**
 * A real browser without a window: the system's Chromium or Chrome, else the one that comes with
 * @sparticuz/chromium. Where CHROME is set, it is the one that is taken, or none where it is empty.
 */
import { existsSync } from "node:fs"
import { type Browser, chromium, type LaunchOptions } from "playwright-core"
import type { Bundle } from "./bundlers.ts"

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"]
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

/**
 * Chromium's own SwiftShader: the same adapter on every machine, and headless on Linux the only
 * one.
 */
export const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]

/**
 * @param flags further ones
 * @returns the browser, or why there is none
 */
export async function openBrowser(flags: string[] = []): Promise<Browser | string> {
  const started = await startBrowser(flags)
  return typeof started === "string" ? started : started.browser
}

/** The same, and how to start another one. */
export async function startBrowser(flags: string[]): Promise<{ browser: Browser; options: LaunchOptions } | string> {
  const reasons: string[] = []
  for (const find of [system, packaged]) {
    try {
      const executablePath = await find()
      const options = { executablePath, args: [...FLAGS, ...flags] }
      if (executablePath) return { browser: await chromium.launch(options), options }
    } catch (error) {
      reasons.push((error as Error).message.split("\n")[0])
    }
  }
  return `no browser: ${reasons.join("; ") || "neither Chromium nor Chrome is installed"}`
}

/**
 * What a program leaves in `globalThis.result`. Its page has the address of a local one, so that it
 * counts as secure, but there is no server: whatever is not among its files is not there.
 *
 * @throws where the program fails, or writes to the console
 */
export async function resultOf<T>(browser: Browser, { files, entry }: Bundle, at = "http://localhost/"): Promise<T> {
  const page = await browser.newPage()
  try {
    const troubles = new Promise<never>((_, reject) => {
      page.on("pageerror", reject)
      page.on("console", (message) => reject(new Error(`console: ${message.text()}`)))
    })
    await page.route("**/*", (route) => {
      const name = new URL(route.request().url()).pathname.slice(1)
      if (name === "") return route.fulfill({ contentType: "text/html", body: "<!doctype html>" })
      const body = files.get(name)
      return body === undefined ? route.abort() : route.fulfill({ contentType: "text/javascript", body })
    })
    await page.goto(at)
    // The import is over when the program is, its top-level awaits included.
    const done = page.evaluate(`import("/${entry}").then(() => globalThis.result)`)
    return (await Promise.race([done, troubles])) as T
  } finally {
    await page.close()
  }
}

const system = async (): Promise<string | undefined> => process.env.CHROME ?? PLACES.find((file) => existsSync(file))

/** Unpacks to the system's folder for temporary files, once. */
async function packaged(): Promise<string | undefined> {
  if (process.env.CHROME !== undefined || process.platform !== "linux" || process.arch !== "x64") return undefined
  const { default: own } = await import("@sparticuz/chromium")
  return own.executablePath()
}
