/**
 * For tests of runs that end in the middle: what is done to a run's process, and what must come out
 * all the same.
 */
import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { parse } from "csv-parse/sync"

/** NODE_OPTIONS that run some code before a program. */
export const before = (code: string): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
})

/**
 * Code that does something the first time that a line is printed which holds a text, of all
 * processes together.
 *
 * @param mark a file that stands for its having been done
 * @param doing statements; `device` is the one that the process opened
 */
export function whenPrinted(text: string, mark: string, doing: string): string {
  const webgpu = pathToFileURL(createRequire(import.meta.url).resolve("webgpu")).href
  return `
    import { existsSync, writeFileSync } from "node:fs"
    import { globals } from ${JSON.stringify(webgpu)}
    let device
    const { requestDevice } = globals.GPUAdapter.prototype
    globals.GPUAdapter.prototype.requestDevice = async function (...given) {
      return (device = await requestDevice.apply(this, given))
    }
    const print = console.log
    console.log = (line) => {
      print(line)
      if (!String(line).includes(${JSON.stringify(text)}) || existsSync(${JSON.stringify(mark)})) return
      writeFileSync(${JSON.stringify(mark)}, "")
      ${doing}
    }`
}

/**
 * Code that makes file system calls fail: those of `writeFileSync` to which `when(name)` says so.
 */
export const failingWrites = (when: string, code: string): string => `
    import fs from "node:fs"
    import { syncBuiltinESMExports } from "node:module"
    const when = ${when}
    const { writeFileSync } = fs
    fs.writeFileSync = (file, ...rest) => {
      const name = typeof file === "number" ? fs.readlinkSync("/proc/self/fd/" + file) : String(file)
      if (when(name)) throw Object.assign(new Error("${code}: told to"), { code: "${code}" })
      return writeFileSync(file, ...rest)
    }
    syncBuiltinESMExports()`

/** What a run came to: all of its folder but what a clock says. */
export function outcome(folder: string) {
  const names = readdirSync(folder).sort()
  const bytes = names.filter((name) => /safetensors$|predictions|metrics|files/.test(name))
  const history = parse(readFileSync(path.join(folder, "history.csv")), { columns: true }) as Record<string, string>[]
  return {
    names,
    bytes: bytes.map((name) => [name, readFileSync(path.join(folder, name)).toString("base64")]),
    history: history.map(({ images_per_second: _, ...row }) => row),
  }
}
