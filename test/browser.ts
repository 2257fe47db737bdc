/** A real browser without a window: the system's Chromium or Chrome, else the one that comes with @sparticuz/chromium. */
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"]
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

/** @returns the browser, or why there is none */
export async function openBrowser(): Promise<Browser | string> {
  const reasons: string[] = []
  for (const find of [system, packaged]) {
    try {
      const executablePath = await find()
      if (executablePath) return await chromium.launch({ executablePath, args: FLAGS })
    } catch (error) {
      reasons.push((error as Error).message.split("\n")[0])
    }
  }
  return `no browser: ${reasons.join("; ") || "neither Chromium nor Chrome is installed"}`
}

const system = async (): Promise<string | undefined> =>
  [process.env.CHROME, ...PLACES].find((file) => file && existsSync(file))

/** Unpacks to the system's folder for temporary files, once. */
async function packaged(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined
  const { default: own } = await import("@sparticuz/chromium")
  return own.executablePath()
}
