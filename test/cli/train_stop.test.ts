/** `cnn train` ended from outside. */
import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, it, vi } from "vitest"
import { at, json, PHANTOM, RUN_FILES, SIZE, train } from "../support/train_fixture.ts"

beforeAll(() => train("first", ...PHANTOM, "--seed", "3"))

describe("Ctrl-C", () => {
  const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))

  /** Runs a script and sends SIGINT when a line of its output says so. */
  async function interrupted(args: string[], when: RegExp) {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let sent = false
    child.stdout.on("data", (chunk) => {
      stdout += chunk
      if (sent || !when.test(stdout)) return
      sent = true
      child.kill("SIGINT")
    })
    const code = await new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)))
    return {
      code,
      events: stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    }
  }

  it("ends with the folds that are finished", async () => {
    const args = [MAIN, "train", ...PHANTOM, "--seed", "3", "--json", "--out", at("stopped")]
    const { code, events } = await interrupted(args, /"type":"fold","fold":1/)
    expect(code).toBe(130)
    const left = ["checkpoints", ...RUN_FILES.filter((name) => name !== "fold-1.safetensors")]
    expect(readdirSync(at("stopped")).sort()).toEqual(left)
    const goesOn = `To continue: npx cnn train --resume ${at("stopped")}`
    expect(events.at(-2)).toEqual({ type: "note", text: goesOn })
    expect(events.at(-1)).toMatchObject({ type: "end", interrupted: true, summary: { complete: false, foldCount: 2 } })
    expect(json("stopped", "summary.json").folds).toHaveLength(1)
    expect(
      readFileSync(at("stopped", "fold-0.safetensors")).equals(readFileSync(at("first", "fold-0.safetensors"))),
    ).toBe(true)
  })

  it("before the first fold is finished leaves settings and history", async () => {
    const sizes = ["--count", "24", "--size", `${SIZE}`, "--epochs", "5000"]
    const args = [MAIN, "train", ...sizes, "--json", "--out", at("early")]
    const { code, events } = await interrupted(args, /"type":"epoch"/)
    expect(code).toBe(130)
    expect(readdirSync(at("early")).sort()).toEqual(["checkpoints", "config.json", "history.csv"])
    expect(events.at(-1)).toMatchObject({ type: "end", interrupted: true, summary: { folds: [], pooled: null } })
  })

  it.each([
    ["images are read", ["--count", "5000"], /"done":2,/],
    ["kernels are compiled", PHANTOM, /"type":"start"/],
  ])("while %s leaves nothing", async (_, args, when) => {
    const { code, events } = await interrupted([MAIN, "train", ...args, "--json", "--out", at("empty")], when)
    expect(code).toBe(130)
    expect(events.at(-1)).toMatchObject({ type: "abandoned", text: expect.stringMatching(/nothing was written/) })
    expect(existsSync(at("empty"))).toBe(false)
  })

  it("twice quits now, and one that comes twice within a moment counts once", async () => {
    const module = new URL("../../dist/src/cli/interrupt.js", import.meta.url).href
    const script = `import { onInterrupt } from "${module}"
      onInterrupt(() => console.log("first"))
      setInterval(() => {}, 1000)
      console.log("ready")`
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)))
    let told = ""
    child.stdout.on("data", (chunk) => (told += chunk))
    const saying = (word: string) => vi.waitFor(() => expect(told).toContain(word), { timeout: 10_000 })
    await saying("ready")
    child.kill("SIGINT")
    await saying("first")
    child.kill("SIGINT")
    const still = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 800, "running"))])
    expect(still).toBe("running")
    child.kill("SIGINT")
    expect(await ended).toBe(130)
    expect(told).toBe("ready\nfirst\n")
  })
})
