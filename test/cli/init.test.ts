/** `cnn train --init` and `--freeze` as users run them: what a run begins with, what is refused. */
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { sha256 } from "../../src/files/sha256.ts"
import { readWeights } from "../../src/weights/read_weights.ts"
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts"
import { isCount } from "../../src/weights/weights_file.ts"
import { cnn } from "../support/cli.ts"
import { before, failingWrites, outcome } from "../support/left_run.ts"
import { pythonWith, runPython } from "../support/python.ts"
import { at, json, PHANTOM, SMALL, train, writePhantom } from "../support/train_fixture.ts"

const FOLD = (run: string, fold = 0) => at(run, `fold-${fold}.safetensors`)
const bytesOf = (file: string) => new Uint8Array(readFileSync(file))
const names = (value: ReturnType<typeof readWeights>) => [...value.weights.keys()]
/** Refused with these words and this exit code, and nothing written. */
async function refused(args: string[], message: RegExp | string, code = 1) {
  const result = await train("refused", ...args)
  expect(result.stderr).toMatch(message)
  expect([result.code, existsSync(at("refused"))]).toEqual([code, false])
}

beforeAll(async () => {
  expect(await train("first", ...PHANTOM)).toMatchObject({ code: 0 })
})

describe("--init RUN", () => {
  const FROZEN = ["0", "1", "4.weight"]

  it("gives each fold its own fold's weights, of which the frozen ones stay, bit for bit", async () => {
    const args = ["--init", at("first"), "--freeze", FROZEN.join(), "--weight-decay", "0.1", "--clip", "1"]
    const { code, stdout } = await train("second", ...PHANTOM, ...args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Weights {3}22 tensors from each fold of .*first \(cnn \d\S+, small, fold 0\)/m)
    expect(stdout).toMatch(/^Training .*frozen: 0, 1, 4\.weight, seed 0$/m)
    for (const fold of [0, 1]) {
      const [then, now] = ["first", "second"].map((run) => readWeights(FOLD(run, fold)))
      const same = names(now).filter(
        (name) => !isCount(name) && now.weights.get(name)!.data.join() === then.weights.get(name)!.data.join(),
      )
      // Counts of batches are not taken.
      expect(same).toEqual(["0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "4.weight"])
      expect(now.weights.get("1.num_batches_tracked")!.data[0]).toBe(0)
    }
  })

  it("is recorded with its files' hashes, and stands in the report", async () => {
    const { init, train: config } = json("second", "config.json")
    const files = [0, 1].map((fold) => ({
      file: `fold-${fold}.safetensors`,
      sha256: sha256(bytesOf(FOLD("first", fold))),
    }))
    expect(init).toEqual({
      ...{ path: at("first"), files, source: expect.stringMatching(/^cnn .*, small, fold 0$/), images: 12, taken: 22 },
      ...{ notes: [], unused: [], missing: [] },
    })
    expect(config.freeze).toEqual(FROZEN)
    expect(json("second", "summary.json").init).toEqual({
      source: init.source,
      sha256: files.map((file) => file.sha256),
    })
    const report = readFileSync(at("second", "report.html"), "utf8")
    expect(report).toContain(`22 tensors from each fold of ${at("first")}`)
    expect(report).not.toContain("no pretrained weights")
    expect(readFileSync(at("first", "report.html"), "utf8")).toContain("no pretrained weights")
    expect(json("first", "summary.json").init).toBeUndefined()
  })

  it("keeps the path from pages without images", async () => {
    expect((await train("private", ...PHANTOM, "--init", at("first"), "--no-images")).code).toBe(0)
    expect(readFileSync(at("private", "report.html"), "utf8")).not.toContain(at("first"))
  })

  it("is refused where the folds are others, with the way on", async () => {
    const folds = PHANTOM.map((arg, i) => (PHANTOM[i - 1] === "--folds" ? "3" : arg))
    await refused([...folds, "--init", at("first")], /the same images in other folds\. Give the run's own --folds/)
    await refused(
      [...PHANTOM, "--seed", "7", "--init", at("first")],
      /it has other images\. For all folds alike, name a single weights file: --init .*fold-0\.safetensors$/m,
    )
  })
})

describe("--init FILE", () => {
  it("is refused where the file was trained on images that are tested, wherever it lies, naming fold and images", async () => {
    copyFileSync(FOLD("first"), at("elsewhere.safetensors"))
    expect(await cnn(["export", FOLD("first"), "--format", "safetensors", "--out", at("exported.safetensors")])).toMatchObject({ code: 0 }) // biome-ignore format: a call
    for (const file of [FOLD("first"), at("elsewhere.safetensors"), at("exported.safetensors")])
      await refused(
        [...PHANTOM, "--init", file],
        /trained on images that this run would test.*\n {2}fold-1: 12 images \(fractured\/phantom-\d+\.png, .*, \.\.\.\)\nStart from/,
      )
  })

  it("is refused too where only the weights before it were", async () => {
    expect(await train("other", ...PHANTOM, "--seed", "7", "--init", FOLD("first"))).toMatchObject({ code: 0 })
    await refused([...PHANTOM, "--init", FOLD("other")], /fold-1: 12 images/)
    const { trainedOn } = readWeights(FOLD("other"))
    for (const id of readWeights(FOLD("first")).trainedOn!) expect(trainedOn).toContain(id)
  })

  it("knows images by the hashes of their files, also in another folder", async () => {
    const [images, again] = [await writePhantom("images", 11), await writePhantom("again", 11)]
    const data = (dir: string) => ["--data", dir, "--no-audit", ...SMALL]
    expect((await train("from-files", ...data(images))).code).toBe(0)
    await refused([...data(again), "--init", FOLD("from-files")], /fold-1: 12 images/)
    expect((await train("same-folds", ...data(again), "--init", at("from-files"))).code).toBe(0)
  })

  it("is left out of an evaluation, what it was trained on", async () => {
    const others = await writePhantom("others", 12)
    const run = ["--data", others, "--no-audit", ...SMALL, "--init", FOLD("from-files")]
    expect((await train("begun", ...run)).code).toBe(0)
    const { code, stdout } = await cnn(["evaluate", at("begun"), at("images"), "--no-audit", "--out", at("evaluation")])
    expect(code).toBe(0)
    expect(stdout).toMatch(/12 images/)
    const { leftOut } = json("evaluation", "metrics.json")
    expect(leftOut).toHaveLength(readWeights(FOLD("from-files")).trainedOn!.length)
    expect(leftOut[0].reason).toContain("began with weights that were trained on it")
  })

  it("lists what does not fit, both ways, and draws the rest", async () => {
    const { tensors } = readSafetensors(bytesOf(FOLD("first")))
    const other = new Map([...tensors].map(([name, tensor]) => [`module.${name}`, tensor]))
    other.delete("module.4.weight")
    other.set("module.17.weight", { shape: [3, 64], data: new Float32Array(192) })
    writeFileSync(at("wrapped.safetensors"), writeSafetensors(other))
    const { code, stdout } = await train("wrapped", ...PHANTOM, "--init", at("wrapped.safetensors"))
    expect(code).toBe(0)
    const told = stdout.split("\n").filter((line) => line.startsWith("Weights"))
    expect(told.map((line) => line.slice(10))).toEqual([
      expect.stringMatching(
        /^20 tensors from .*wrapped\.safetensors \(not written by cnn, SHA-256 [0-9a-f]{16}\)\. Which images it was trained on is not known/,
      ),
      '"module." was removed from 20 names.',
      "Not used: module.17.weight [3,64], the network has [1,64].",
      "Not in the file, drawn from the seed: 4.weight [16,8,3,3]; 17.weight [1,64].",
    ])
    expect(json("wrapped", "config.json").init).toMatchObject({ images: null, source: "not written by cnn", taken: 20 })
  })

  it("is read in half precision, from PyTorch", async ({ skip }) => {
    const python = await pythonWith("torch")
    if (!python) return skip("no Python with torch")
    const script = `
import sys
sys.path.insert(0, "examples")
import torch, cnn_torch
state, _ = cnn_torch.read(${JSON.stringify(FOLD("first"))})
half = {"_orig_mod." + name: t.to(torch.bfloat16 if name[0] == "0" else torch.float16) for name, t in state.items() if t.dtype == torch.float32}
torch.save({"state_dict": half}, ${JSON.stringify(at("half.pth"))})
saved = torch.load(${JSON.stringify(at("half.pth"))}, map_location="cpu")
cnn_torch.write(${JSON.stringify(at("half.safetensors"))}, saved.get("state_dict", saved))
print(float(half["_orig_mod.0.weight"].float().sum()), float(half["_orig_mod.12.weight"].double().sum()))`
    const [first, deep] = (await runPython(python, script)).trim().split(" ").map(Number)
    const { tensors } = readSafetensors(bytesOf(at("half.safetensors")))
    const sum = (name: string) => tensors.get(name)!.data.reduce((total, value) => total + value, 0)
    expect(sum("_orig_mod.0.weight")).toBeCloseTo(first, 3)
    expect(sum("_orig_mod.12.weight")).toBeCloseTo(deep, 3)
    const { code, stdout } = await train("half", ...PHANTOM, "--init", at("half.safetensors"))
    expect([code, stdout]).toEqual([0, expect.stringContaining('"_orig_mod." was removed from 22 names')])
  })
})

// What files are refused, and why: test/run/initial_weights.test.ts.
describe("what cannot be trained so", () => {
  it("is a file that was cut short", async () => {
    writeFileSync(at("cut.safetensors"), bytesOf(FOLD("first")).subarray(0, -100))
    await refused(
      [...PHANTOM, "--init", at("cut.safetensors")],
      /cut\.safetensors: not a safetensors file that can be read/,
    )
  })

  it.each([
    ["0,1,4,5,8,9,12,13,17", /--freeze 0,1,4,5,8,9,12,13,17 freezes everything: no parameter is left to train/],
    ["0,,1", /--freeze is "0,,1"; expected names of layers or parameters/],
  ])("is --freeze %s", (prefixes, message) => refused([...PHANTOM, "--freeze", prefixes], message, 2))
})

describe.skipIf(process.platform !== "linux")("--resume", () => {
  const args = () => [...PHANTOM, "--init", at("source"), "--freeze", "0,1"]

  beforeAll(async () => {
    expect((await train("source", ...PHANTOM)).code).toBe(0)
    expect((await train("whole", ...args())).code).toBe(0)
    const full = failingWrites('(name) => name.includes("000002.safetensors")', "ENOSPC")
    const { code } = await cnn(["train", ...args(), "--out", at("left")], before(full))
    expect([code, readdirSync(at("left"))]).toEqual([1, expect.not.arrayContaining(["fold-0.safetensors"])])
  })

  it("needs the same files, and says so", async () => {
    renameSync(at("source"), at("moved"))
    const resume = (...rest: string[]) => cnn(["train", "--resume", at("left"), ...rest])
    expect((await resume()).stderr).toMatch(/source: no such file; the run started from it\. Restore it/)
    expect((await resume("--init", at("first", "fold-0.safetensors"))).stderr).toMatch(
      /fold-0\.safetensors: it has changed since the run started from it/,
    )
    expect((await resume("--init", at("moved"), "--freeze", "0")).stderr).toMatch(
      /--freeze 0 was given, but .* was started with 0,1/,
    )
    expect(await resume("--init", at("moved"))).toMatchObject({ code: 0, stderr: "" })
  })

  it("comes to the same bits as without a pause", () => {
    expect(outcome(at("left"))).toEqual(outcome(at("whole")))
  })

  it("refuses --init for a run that began with drawn weights", async () => {
    const full = failingWrites('(name) => name.includes("000002.safetensors")', "ENOSPC")
    await cnn(["train", ...PHANTOM, "--out", at("drawn")], before(full))
    const { code, stderr } = await cnn(["train", "--resume", at("drawn"), "--init", at("moved")])
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/--init was given, but .*drawn was started with weights drawn from its seed/),
    ])
    rmSync(at("drawn"), { recursive: true })
  })
})
