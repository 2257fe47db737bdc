/**
 * A device that is lost, and a process that dies: what is said of it, and how the run goes on by
 * itself.
 */
import { renameSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openGpu } from "../../src/tensor/tensor_gpu.ts"
import { cnn } from "../support/cli.ts"
import { before, outcome, whenPrinted } from "../support/left_run.ts"

let folder: string
const at = (name: string) => path.join(folder, name)
const OPTIONS = ["--count", "24", "--size", "16", "--folds", "2", "--epochs", "2"]
const train = (name: string, args: string[] = [], code = "") =>
  cnn(["train", ...OPTIONS, "--json", "--out", at(name), ...args], code ? before(code) : {})

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cnn-restarts-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it("a device that is destroyed behind the engine's back is lost, one that is closed is not", async () => {
  const gpu = await openGpu()
  const x = gpu.tensor([4], [1, 2, 3, 4])
  gpu.device.destroy()
  await expect(x.read()).rejects.toThrow("the device was lost: ")
  expect(() => gpu.flush()).toThrow("the device was lost: ")
  const other = await openGpu()
  other.close()
  await other.device.lost
  expect(() => other.flush()).not.toThrow()
})

describe("--restarts", () => {
  it("goes on after a lost device and after a death, to the same bits", async () => {
    // The first process loses its device, the second one dies.
    const lost = whenPrinted(
      '"type":"epoch","epochs":2,"repeat":0,"fold":0,"epoch":2',
      at("lost"),
      "setImmediate(() => device.destroy())",
    )
    const dies = whenPrinted('"fold":1,"epoch":2', at("dead"), 'process.kill(process.pid, "SIGKILL")')
    const code = [lost, dies].map((text) => `await import("data:text/javascript,${encodeURIComponent(text)}")`)
    const [went] = await Promise.all([train("restarted", ["--restarts", "2"], code.join("\n")), train("whole")])
    expect(went.stderr.split("\n")).toEqual([
      "cnn: the device was lost: device was destroyed",
      expect.stringMatching(/^The last good checkpoint: .*00000[12]\.json, fold-0 after epoch [12]\.$/),
      `To continue: npx cnn train --resume ${at("restarted")}`,
      "The device was lost; the run continues in a new process, with 1 restart left.",
      "The process ended by SIGKILL; the run continues in a new process, with 0 restarts left.",
      "",
    ])
    expect(went.code).toBe(0)
    expect(outcome(at("restarted"))).toEqual(outcome(at("whole")))
  })

  it("finds the images where --data says they lie now, also in the processes after the first", async () => {
    await cnn(["phantom", at("images"), "--count", "24", "--size", "32"])
    const images = ["--data", at("images"), "--no-audit", ...OPTIONS.slice(2, 6), "--epochs", "1", "--json"]
    const dies = 'process.kill(process.pid, "SIGKILL")'
    const left = await cnn(
      ["train", ...images, "--out", at("moving")],
      before(whenPrinted('"type":"start"', at("dead-1"), dies)),
    )
    expect(left.code).toBe(null)
    renameSync(at("images"), at("moved"))
    const args = ["train", "--resume", at("moving"), "--data", at("moved"), "--json", "--restarts", "1"]
    const { code, stderr } = await cnn(args, before(whenPrinted('"type":"open"', at("dead-2"), dies)))
    expect(stderr).toBe("The process ended by SIGKILL; the run continues in a new process, with 0 restarts left.\n")
    expect(code).toBe(0)
  })

  it("says how a run goes on that lost its device before there was a checkpoint", async () => {
    const code = whenPrinted('"type":"start"', at("early"), "setImmediate(() => device.destroy())")
    const { code: exit, stderr } = await train("lost-early", [], code)
    expect(exit).toBe(3)
    expect(stderr).toBe(
      "cnn: the device was lost: device was destroyed\n" +
        `To start it again: npx cnn train --resume ${at("lost-early")}\n`,
    )
  })

  it("ends with the last process's exit code where all are used up, and says how the run goes on", async () => {
    const dies = `const print = console.log
      console.log = (line) => { print(line); if (String(line).includes('"type":"start"')) process.kill(process.pid, "SIGABRT") }`
    const { code, stderr } = await train("dead-again", ["--restarts=1"], dies)
    expect(code).toBe(128 + 6)
    expect(stderr).toMatch(/The process ended by SIGABRT; the run continues in a new process, with 0 restarts left\./)
    expect(stderr).toMatch(/The process ended by SIGABRT\. To continue: npx cnn train --resume .*dead-again\n$/)
  })

  it("does not try again what would fail again", async () => {
    const { code, stderr } = await train("diverged", ["--restarts", "3", "--lr", "1e38", "--schedule", "constant"])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^cnn: fold-0: the loss is/)
    expect(stderr).not.toMatch(/new process/)
  })
})
