/**
 * `cnn cache`: what is in the cache, who can read it, its limit, and that nothing else is ever
 * touched.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import path from "node:path"
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { writeTuned } from "../../src/gpu/tuned.ts"
import { cnn } from "../support/cli.ts"
import { before, failingWrites } from "../support/left_run.ts"
import { tempFolder } from "../support/temp_folder.ts"
import { at } from "../support/train_fixture.ts"

const QUICK = ["--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8"]
const tree = (folder: string): string[] => (readdirSync(folder, { recursive: true }) as string[]).sort()

const train = (cache: string, out: string, env: NodeJS.ProcessEnv = {}, ...more: string[]) =>
  cnn(["train", "--data", at("films"), ...QUICK, ...more, "--out", at(out)], { CNN_CACHE: cache, ...env })

const contents = async (cache: string, ...args: string[]) =>
  JSON.parse((await cnn(["cache", "--json", ...args], { CNN_CACHE: cache })).stdout)

beforeAll(() => cnn(["phantom", at("films"), "--count", "16", "--size", "32"]))

describe("cnn cache", () => {
  it("knows every file that the commands keep, each readable by its user alone", async () => {
    const cache = path.join(await tempFolder(), "cache")
    // What a shell allows others by default must not count.
    const umask = process.umask(0)
    onTestFinished(() => void process.umask(umask))
    expect(await train(cache, "private")).toMatchObject({ code: 0, stderr: "" })
    vi.stubEnv("CNN_CACHE", cache)
    onTestFinished(() => void vi.unstubAllEnvs())
    writeTuned({ name: "a", driver: "b", backend: "c", subgroupSize: 0 }, {}, new Date(0))
    const files = tree(cache).filter((name) => !lstatSync(path.join(cache, name)).isDirectory())
    const { folder, limit, kinds } = await contents(cache)
    expect({ folder, limit }).toEqual({ folder: cache, limit: null })
    expect(kinds).toMatchObject({ images: { files: 1 }, audits: { files: 1 }, tables: { files: 1 } })
    const counts = Object.values<{ files: number; bytes: number }>(kinds)
    expect(counts.reduce((sum, { files }) => sum + files, 0)).toBe(files.length)
    const sizes = files.map((name) => lstatSync(path.join(cache, name)).size)
    expect(counts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0))
    // Windows has no such modes.
    const open = [".", ...tree(cache)].filter((name) => {
      const stat = lstatSync(path.join(cache, name))
      return (stat.mode & 0o777) !== (stat.isDirectory() ? 0o700 : 0o600)
    })
    expect(process.platform === "win32" ? [] : open).toEqual([])
    const { stdout } = await cnn(["cache"], { CNN_CACHE: cache })
    expect(stdout).toContain(`Cache folder: ${cache}\n`)
    expect(stdout).toMatch(/^decoded images +1 +\d+\.\d kB$/m)
  }, 100_000)

  it("keeps images and audits below a limit, the oldest removed first, then and after later runs", async () => {
    const cache = path.join(await tempFolder(), "cache")
    const packs = () => tree(cache).filter((name) => name.endsWith(".pack"))
    const flags = [...QUICK.slice(2), "--size", "20", "--no-audit", "--data", at("films")]
    const larger = (out: string) => cnn(["train", ...flags, "--out", at(out)], { CNN_CACHE: cache })
    await train(cache, "limited")
    const [old] = packs()
    await larger("limited-larger")
    utimesSync(path.join(cache, old), 1000, 1000)
    const { kinds } = await contents(cache)
    expect(kinds.images.files).toBe(2)
    const bytes = lstatSync(path.join(cache, old)).size
    const limit = kinds.images.bytes + kinds.audits.bytes - 1
    const set = await contents(cache, "--limit", String(limit))
    expect(set).toMatchObject({ limit, removed: { files: 1, bytes } })
    expect(packs()).not.toContain(old)
    const [kept] = packs()
    utimesSync(path.join(cache, kept), 2000, 2000)
    expect(await train(cache, "later", {}, "--no-audit", "--seed", "2")).toMatchObject({ code: 0, stderr: "" })
    const later = await contents(cache)
    expect(later.kinds.images).toEqual({ files: 1, bytes })
    expect(later.kinds.audits).toEqual(kinds.audits)
    expect((await contents(cache, "--limit", "none")).limit).toBeNull()
    await larger("unlimited")
    expect((await contents(cache)).kinds.images).toEqual(kinds.images)
  }, 100_000)

  it("clears what is its own, and touches nothing else, by links either", async () => {
    const [cache, other] = [await tempFolder(), await tempFolder({ "0.json": "" })]
    await train(cache, "cleared")
    const name = "ab".repeat(32)
    const foreign = [
      ...["images/holiday.png", `images/${name}`, "images/x/16/ab/notes.txt", "audit/audit.csv", "tuned/piano.json"],
      ...["swiftshader-0123456789abcdef/readme", "photos/ab/16/ab.png", `photos/x/16/ab/${name}`, "limit.json"],
    ]
    for (const file of foreign) {
      mkdirSync(path.dirname(path.join(cache, file)), { recursive: true })
      writeFileSync(path.join(cache, file), "mine")
    }
    symlinkSync(other, path.join(cache, "audit", "linked"))
    writeFileSync(path.join(other, `${name}.json`), "mine")
    const left = `images/old/16/ab/${name}.${"0123abcd-0123-0123-0123-0123456789ab"}.part`
    mkdirSync(path.dirname(path.join(cache, left)), { recursive: true })
    writeFileSync(path.join(cache, left), "cut short")
    expect((await contents(cache, "--clear")).kinds.images).toEqual({ files: 0, bytes: 0 })
    const kept = tree(cache).filter((file) => !lstatSync(path.join(cache, file)).isDirectory())
    const names = kept.map((file) => file.split(path.sep).join("/")).filter((file) => !file.startsWith("audit/linked/"))
    expect(names).toEqual([...foreign, "audit/linked"].sort())
    expect(tree(other)).toEqual(["0.json", `${name}.json`])
  })

  it.each([
    [["--limit", "much"], /--limit is "much"; expected a size such as 500MB or 2GB, or none/],
    [["--limit", "-1"], /--limit/],
    [["--limit", "1GB", "--limit", "2GB"], /--limit was given 2 times/],
    [["--limit", "1GB", "--clear"], /--limit and --clear exclude each other/],
  ])("refuses %j", async (args, message) => {
    const cache = await tempFolder()
    const { code, stderr } = await cnn(["cache", ...args], { CNN_CACHE: cache })
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(readdirSync(cache)).toEqual([])
  })

  it("says so if there can be no cache folder", async () => {
    const file = path.join(await tempFolder({ file: "" }), "file")
    const { code, stderr } = await cnn(["cache"], { CNN_CACHE: path.join(file, "x") })
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^cnn: there is no cache folder; set CNN_CACHE to one/)])
  })
})

describe.skipIf(process.platform !== "linux")("a cache that cannot be written", () => {
  it.each([
    ["ENOSPC", "the disk is full"],
    ["EDQUOT", "your quota is used up"],
  ])(
    "with %s is a warning, once, and the run is the same",
    async (code, words) => {
      const cache = path.join(await tempFolder(), "cache")
      const on = before(failingWrites("(name) => /\\/(images|audit)\\//.test(name)", code))
      const { stderr, ...run } = await train(cache, `full-${code}`, on)
      expect(run.code).toBe(0)
      expect(stderr).toMatch(
        new RegExp(`^cnn: warning: the next run must read these images again\\. .*: ${words}.*\\n$`),
      )
      const [full, whole] = [`full-${code}`, "cleared"].map((name) => readFileSync(at(name, "predictions.csv"), "utf8"))
      expect(full).toBe(whole)
      expect(existsSync(path.join(cache, "images"))).toBe(true)
    },
    100_000,
  )
})
