/**
 * `cnn train --resume` as users run it: what keeps a run from going on says so, and loses nothing.
 */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { before, failingWrites, outcome } from "../support/left_run.ts"

let folder: string
const at = (...names: string[]) => path.join(folder, ...names)
const SMALL = ["--size", "16", "--folds", "2", "--batch", "4"]
const OPTIONS = [...SMALL, "--epochs", "2"]
const train = (...args: string[]) => cnn(["train", ...args])
const resume = (name: string, ...args: string[]) => train("--resume", at(name), ...args)
/** A file's bytes by its name, of a folder and those in it. */
const content = (dir: string) =>
  (readdirSync(dir, { recursive: true, withFileTypes: true }) as import("node:fs").Dirent[])
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => [path.join(parentPath, name), readFileSync(path.join(parentPath, name), "base64")])

let full: Awaited<ReturnType<typeof cnn>>
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "cnn-resume-"))
  await cnn(["phantom", at("images"), "--count", "24", "--size", "32"])
  const data = ["--data", at("images"), "--no-audit", ...OPTIONS]
  expect(await train(...data, "--out", at("whole"))).toMatchObject({ code: 0, stderr: "" })
  // The disk is full when the second checkpoint of the second fold is written.
  const code = failingWrites('(name) => name.includes("000004.safetensors")', "ENOSPC")
  full = await cnn(["train", ...data, "--out", at("left")], before(code))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.skipIf(process.platform !== "linux")("a run that cannot go on", () => {
  it("for want of disk says so, what is kept, and how it goes on", () => {
    expect(full.code).toBe(1)
    const lines = full.stderr.trimEnd().split("\n")
    expect(lines[0]).toMatch(/000004\.safetensors: cannot be written: the disk is full\. Free some space \(ENOSPC\)\.$/)
    expect(lines.slice(1)).toEqual([
      `The 1 finished fold before it: ${at("left")}`,
      `The last good checkpoint: ${at("left", "checkpoints", "000003.json")}, fold-1 after epoch 1.`,
      `To continue: npx cnn train --resume ${at("left")}`,
    ])
    expect(readdirSync(at("left", "checkpoints")).sort()).toEqual([
      ...["000002.json", "000002.safetensors", "000003.json", "000003.safetensors", "fold-0.json"],
    ])
  })
})

describe.skipIf(process.platform !== "linux")("--resume", () => {
  it.each([
    [
      ["--lr", "0.5"],
      /--lr 0\.5 was given, but .*left was started with 0\.01\. A run resumes with its original options/,
    ],
    [["--epochs", "3"], /--epochs 3 was given, but .*left was started with 2/],
    [["--size", "32"], /--size 32 was given, but .*left was started with 16/],
    [["--rotation", "3"], /--rotation 3 was given, but .*left was started with 12/],
    [["--no-augment"], /--no-augment was given, but .*left was started without it/],
    [["--strict"], /--strict was given, but .*left was started without it/],
    [["--count", "30"], /--count 30 was given, but .*left was started with none/],
    [["--model", "reference"], /--model reference was given, but .*left was started with small/],
    [["--out", "elsewhere"], /--out is for a new run/],
    [["--no-audit"], /--audit is for a new run/],
    [["--data", "nowhere"], /nowhere: no such folder; it held the images of .*left\. Give their new place: --data DIR/],
  ])("refuses %j, names both values, and changes nothing", async (args, message) => {
    const was = content(at("left"))
    const { code, stdout, stderr } = await resume("left", ...args)
    expect([code, stdout]).toEqual([args.includes("nowhere") ? 1 : 2, ""])
    expect(stderr).toMatch(message)
    expect(content(at("left"))).toEqual(was)
  })

  it("refuses to mix kernels, and changes nothing", async () => {
    const was = content(at("left"))
    const { code, stderr } = await cnn(["train", "--resume", at("left")], { CNN_KERNELS: "plain" })
    expect(code).toBe(1)
    expect(stderr).toContain(
      "this run was started without CNN_KERNELS=plain, and it is set now. A run does not mix kernels; unset CNN_KERNELS and " +
        "resume again, or start a new run. The folder was left as it was.",
    )
    expect(content(at("left"))).toEqual(was)
  })

  it("takes --augment only where the run was begun with it", async () => {
    cpSync(at("left"), at("plain"), { recursive: true })
    const config = JSON.parse(readFileSync(at("plain", "config.json"), "utf8"))
    config.train.augment = null
    writeFileSync(at("plain", "config.json"), JSON.stringify(config))
    expect((await resume("plain", "--augment")).stderr).toMatch(
      /--augment was given, but .*plain was started without it/,
    )
    // The next thing that is found is that config.json was edited.
    expect((await resume("plain", "--no-augment")).stderr).toMatch(/other options or images than config\.json/)
    expect((await resume("left", "--augment", "--lr", "0.5")).stderr).toMatch(/^cnn: --lr 0\.5 was given/)
  })

  it("refuses what is no run", async () => {
    expect((await resume("absent")).stderr).toMatch(/absent: no such folder; --resume expects the run folder/)
    expect((await resume("images")).stderr).toMatch(/config\.json: no such file\. The run ended before it began/)
  })

  it("refuses a run of another version, whose network may be another", async () => {
    cpSync(at("left"), at("old"), { recursive: true })
    const config = JSON.parse(readFileSync(at("old", "config.json"), "utf8"))
    config.versions.cnn = "0.0.1"
    writeFileSync(at("old", "config.json"), JSON.stringify(config))
    const was = content(at("old"))
    const { code, stderr } = await resume("old")
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /old\/config\.json: a run that cnn 0\.0\.1 began, and this is cnn \d.*or begin a new run\.$/m,
      ),
    ])
    expect(content(at("old"))).toEqual(was)
  })

  it("refuses a folder with results whose checkpoints are gone, and leaves them", async () => {
    cpSync(at("left"), at("bare"), { recursive: true })
    rmSync(at("bare", "checkpoints"), { recursive: true })
    const was = content(at("bare"))
    const { code, stdout, stderr } = await resume("bare")
    expect([code, stdout]).toEqual([1, ""])
    expect(stderr).toMatch(
      /bare: there are results \(fold-0\.safetensors, predictions\.csv, summary\.json\) but no check/,
    )
    expect(content(at("bare"))).toEqual(was)
  })

  it("refuses a folder that another process writes into, a read-only one, and an edited config.json", async () => {
    cpSync(at("left"), at("other"), { recursive: true })
    const lock = at("other", "lock.json")
    const { processStart } = await import("../../src/files/process_start.ts")
    const { hostname } = await import("node:os")
    const holder = { pid: process.pid, start: processStart(process.pid), host: hostname() }
    writeFileSync(lock, JSON.stringify(holder))
    const was = content(at("other"))
    const used = await resume("other")
    expect(used).toMatchObject({ code: 1, stdout: "" })
    expect(used.stderr).toContain(`${at("other")}: process ${process.pid} is writing into this folder.`)
    expect(content(at("other"))).toEqual(was)
    rmSync(lock)

    const readOnly = before(failingWrites(`(name) => name.startsWith(${JSON.stringify(at("other"))})`, "EROFS"))
    const { code, stderr } = await cnn(["train", "--resume", at("other")], readOnly)
    expect(code).toBe(1)
    expect(stderr).toMatch(/lock\.json: cannot be written: the disk is mounted read-only\..*\(EROFS\)/)

    const config = JSON.parse(readFileSync(at("other", "config.json"), "utf8"))
    config.train.lr = 0.5
    writeFileSync(at("other", "config.json"), JSON.stringify(config))
    const edited = await resume("other")
    expect(edited.code).toBe(1)
    expect(edited.stderr).toMatch(/fold-0\.json: is of a run with other options or images than config\.json/)
    expect(readdirSync(at("other", "checkpoints"))).toHaveLength(5)
  })

  it("refuses other images, names what changed, and leaves the folder as it is", async () => {
    cpSync(at("left"), at("changed"), { recursive: true })
    cpSync(at("images"), at("images-2"), { recursive: true })
    const images = (n: number) => at("images-2", "fractured", readdirSync(at("images-2", "fractured"))[n])
    cpSync(images(0), at("images-2", "fractured", "new.png"))
    cpSync(images(2), images(1))
    rmSync(images(3))
    const was = content(at("changed"))
    const { code, stderr } = await resume("changed", "--data", at("images-2"))
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /images-2: the images have changed since .*changed was started: 1 file changed \(fractured\/.*\); 1 file missing \(.*\); 1 file new \(fractured\/new\.png\)/,
    )
    expect(content(at("changed"))).toEqual(was)
  })

  it("goes on, also with the images elsewhere and a damaged checkpoint, to the same bits; then there is nothing left", async () => {
    renameSync(at("images"), at("moved"))
    const file = at("left", "checkpoints", "000003.safetensors")
    const bytes = readFileSync(file)
    bytes[bytes.length - 9] ^= 1
    writeFileSync(file, bytes)
    writeFileSync(at("left", "history.csv.1.part"), "left behind")
    const config = JSON.parse(readFileSync(at("left", "config.json"), "utf8"))
    const { name } = config.adapter
    config.adapter.name = "Voodoo2"
    writeFileSync(at("left", "config.json"), JSON.stringify(config))
    const went = await resume("left", "--data", at("moved"))
    expect(went).toMatchObject({ code: 0, stderr: "" })
    expect(went.stdout).toContain(
      `${file}: its content is not what its checksum says; it was cut short or changed. No other checkpoint of that fold can be used.`,
    )
    expect(went.stdout).toContain(`The run was started with adapter Voodoo2, now ${name}. Its results may now differ`)
    expect(went.stdout).toMatch(new RegExp(`^Adapter   ${name.replace(/[()]/g, ".")}`, "m"))
    expect(went.stdout).toMatch(/^Continuing: 1 of 2 folds finished, from the beginning of the next fold\.$/m)
    expect(went.stdout).not.toMatch(/^fold-0: \d+ images to train on/m)
    expect(outcome(at("left"))).toEqual(outcome(at("whole")))
    const { source, resumed } = JSON.parse(readFileSync(at("left", "config.json"), "utf8"))
    expect(source.dir).toBe(at("moved"))
    expect(resumed).toMatchObject([{ started: expect.any(String), versions: { node: process.versions.node } }])

    const report = readFileSync(at("left", "report.html"), "utf8")
    expect(report.split(`${resumed[0].started}: adapter Voodoo2, now ${name}`)).toHaveLength(4)

    expect((await resume("left", "--epochs", "9")).stderr).toMatch(
      /^cnn: --epochs 9 was given, but .*left was started with 2\./,
    )
    const again = await resume("left")
    expect(again).toMatchObject({ code: 0, stderr: "" })
    expect(again.stdout).toBe(`${at("left")}: all folds of this run are finished, there is nothing to resume.\n`)
  })
})

it("docs/resume.md: its commands", async () => {
  const commands = [...readFileSync("docs/resume.md", "utf8").matchAll(/^npx cnn (train .+)$/gm)].map(
    ([, args]) => args,
  )
  expect(commands).toHaveLength(2)
  const [begun, gone] = commands.map((args) => args.split(" ").map((arg) => (arg === "mine" ? at("mine") : arg)))
  expect(await cnn(begun)).toMatchObject({ code: 0, stderr: "" })
  expect((await cnn(gone)).stdout).toContain("there is nothing to resume")
})

describe("a training that diverges", () => {
  it("names update, layer and the last good checkpoint", async () => {
    // The weights grow a hundredfold in each update, whatever the adapter.
    const growing = ["--optimizer", "sgd", "--lr", "1", "--weight-decay", "100", "--schedule", "constant"]
    const { code, stderr } = await train("--count", "24", ...SMALL, "--epochs", "9", ...growing, "--out", at("grown"))
    expect(code).toBe(1)
    const where =
      /update (\d+) \(batch \d of 3\), in the (output of layer \d+ \(\w+\)|(gradient|update|running statistics) of \d+\.\w+ \(\w+\))\./
    const [, epoch] = /^cnn: fold-0: .+ in epoch (\d): the training has diverged\. It began /.exec(stderr) ?? []
    expect(Number(epoch)).toBeGreaterThan(1)
    const update = Number(where.exec(stderr)?.[1])
    expect(Math.ceil(update / 3)).toBe(Number(epoch))
    const file = at("grown", "checkpoints", `00000${Number(epoch) - 1}.json`)
    expect(stderr).toContain(`The last good checkpoint: ${file}, fold-0 after epoch ${Number(epoch) - 1}.`)
    expect(stderr).toContain("Use a learning rate under 1 (--lr)")
    expect(existsSync(file)).toBe(true)
  })
  it("names the update where every loss and gradient is a number, but not what Adam keeps of them", async () => {
    // A gradient of 1e25 is a number in float32, its square is none.
    const large = ["--pos-weight", "1e25", "--epochs", "1", "--clip", "0", "--optimizer", "adam"]
    const { code, stderr } = await train("--count", "24", ...SMALL, ...large, "--out", at("large"))
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^cnn: fold-0: a weight or a state of the optimiser is no number in epoch 1: .* It began in update 1 \(batch 1 of 3\), in the update of \d+\.\w+ \(\w+\)\./,
    )
    expect(existsSync(at("large"))).toBe(false)
  })
})
