/**
 * At run time there is no network, and nothing is written but where the user said and in the cache
 * folder.
 */
import { execFile, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { root } from "../support/docs_pages.ts"
import { tempFolder } from "../support/temp_folder.ts"

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))
const WATCH = new URL("../soak/watch_process.mjs", import.meta.url).href
/**
 * A namespace without a network, where the system lets us have one: native code has none then
 * either.
 */
const ALONE = spawnSync("unshare", ["-rn", "true"]).status === 0 ? ["unshare", "-rn"] : []

interface Entry {
  network?: string
  write?: string
}

/** A home of its own for a program, and what it did in there and elsewhere. */
async function watched() {
  const folder = await tempFolder()
  const at = (name: string) => path.join(folder, name)
  for (const name of ["home", "tmp", "work"]) mkdirSync(at(name))
  const env = {
    ...{ PATH: process.env.PATH, HOME: at("home"), TMPDIR: at("tmp"), CNN_CACHE: at("cache"), CNN_TUNE: "off" },
    ...{ WATCH_LOG: at("log"), NODE_OPTIONS: `--import=${WATCH}` },
  }
  const node = async (...args: string[]) => {
    const [program, ...rest] = [...ALONE, process.execPath, ...args]
    return (await promisify(execFile)(program, rest, { env, cwd: at("work"), timeout: 100_000 })).stdout
  }
  const entries = (): Entry[] => {
    const lines = existsSync(at("log")) ? readFileSync(at("log"), "utf8").trim().split("\n") : []
    return lines.map((line) => JSON.parse(line))
  }
  return { at, node, entries }
}

const tree = (folder: string) => (readdirSync(folder, { recursive: true }) as string[]).sort()

it("commands connect to nothing, and write where they were told and into the cache", async () => {
  const { at, node, entries } = await watched()
  const cnn = (...args: string[]) => node(MAIN, ...args)
  const tiny = ["--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8"]
  await cnn("phantom", at("data"), "--count", "16", "--size", "32")
  const before = tree(at("data"))
  await cnn("train", "--data", at("data"), ...tiny, "--out", at("run"))
  const [image] = tree(at("data")).filter((name) => name.endsWith(".png"))
  await Promise.all([
    cnn("audit", at("data"), "--out", at("audit")),
    cnn("report", at("run"), "--out", at("out.html")),
    cnn("predict", at("run"), path.join(at("data"), image)),
    cnn("explain", at("run"), path.join(at("data"), image), "--out", at("map.png")),
  ])
  const told = ["data", "run", "audit", "cache"].map(at)
  const files = ["out.html", "map.png"].map(at)
  const allowed = (file: string) =>
    told.some((folder) => file === folder || file.startsWith(folder + path.sep)) ||
    files.some((own) => file === own || file.startsWith(`${own}.`))
  const seen = entries()
  expect(seen.filter(({ network }) => network)).toEqual([])
  const written = seen.flatMap(({ write }) => write ?? [])
  expect(written.filter((file) => !allowed(file))).toEqual([])
  for (const place of [...told, ...files])
    expect(
      written.some((file) => file.startsWith(place)),
      place,
    ).toBe(true)
  // The same without Node's word for it.
  expect(tree(at("data"))).toEqual(before)
  expect([tree(at("home")), tree(at("tmp")), tree(at("work"))]).toEqual([[], [], []])
})

it("the watch sees connections and writes", async () => {
  const { at, node, entries } = await watched()
  const script = `import http from "node:http"; import { writeFileSync } from "node:fs"; import { open } from "node:fs/promises"
    writeFileSync("a", ""); await (await open("b", "w")).close(); await (await open("a", "r")).close()
    await fetch("http://127.0.0.1:34567").catch(() => {}); try { http.get("http://127.0.0.1:34567").on("error", () => {}) } catch {}`
  await node("--input-type=module", "-e", script)
  const seen = entries()
  expect(seen.filter(({ network }) => network).length).toBeGreaterThanOrEqual(2)
  const [a, b] = ["a", "b"].map((name) => path.join(at("work"), name))
  expect(new Set(seen.flatMap(({ write }) => write ?? []))).toEqual(new Set([a, b]))
})

it("the licences of all packages are listed as the lock file has them", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, "docs/licences.mjs"), "--check"])
  expect(stdout).toMatch(/^docs\/dependencies\.md: \d+ packages, current\n$/)
})
