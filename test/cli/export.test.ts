/** `cnn export` and `cnn import` as users run them. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { importWeights } from "../../src/export/import_weights.ts"
import { small } from "../../src/models/small.ts"
import { Predictor } from "../../src/run/predictor.ts"
import { readWeights } from "../../src/weights/read_weights.ts"
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts"
import { cnn } from "../support/cli.ts"
import { openForTests } from "../support/open.ts"
import { drawnInfo, drawnMember } from "../support/some_weights.ts"
import { tempFolder } from "../support/temp_folder.ts"

const given = { model: "small", size: 16, classes: ["whole", "broken"] }

/** A folder with a run of two folds. */
async function run() {
  const folder = await tempFolder({
    "run/fold-0.safetensors": drawnMember({ ...given, fold: 0 }),
    "run/fold-1.safetensors": drawnMember({ ...given, fold: 1 }),
  })
  return (...names: string[]) => path.join(folder, ...names)
}

/** As PyTorch saves a state dict: without metadata. */
const bare = (file: string, change = (_: ReturnType<typeof readWeights>["weights"]) => {}) => {
  const { weights } = readWeights(file)
  change(weights)
  return writeSafetensors(weights)
}

const gpu = await openForTests()

/** Of a gray image, of the second class. */
const predicted = (source: string) => Predictor.open(gpu, source).predict(new Uint8Array(256).fill(130))

describe("cnn export", () => {
  it("writes all networks or one, and overwrites nothing unasked", async () => {
    const at = await run()
    const out = at("model.onnx")
    const all = await cnn(["export", at("run"), "--format", "onnx", "--out", out])
    expect(all).toMatchObject({ code: 0, stderr: "" })
    expect(all.stdout).toBe(
      `${out}: 2 networks, small, whole or broken, ONNX opset 17; ` +
        "image [N,1,16,16] of gray values 0 to 255 -> probabilities, calibrated [N,2]\n",
    )
    const before = readFileSync(out)
    const one = ["export", at("run"), "--format", "onnx", "--fold", "1", "--out", out]
    const refused = await cnn(one)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/model\.onnx: there is such a file already; --force overwrites it/)
    expect(readFileSync(out).equals(before)).toBe(true)
    const folder = await cnn([...one.slice(0, -1), at("run"), "--force"])
    expect(folder.stderr).toMatch(/run: is a folder; expected the name of a file/)
    expect((await cnn([...one, "--force"])).stdout).toMatch(/: 1 network, small/)
    expect(readFileSync(out).length).toBeLessThan(before.length * 0.6)
  })

  it("as safetensors gives a file that predict takes, with all of the metadata", async () => {
    const at = await run()
    const out = at("one.safetensors")
    expect((await cnn(["export", at("run"), "--format", "safetensors", "--fold", "1", "--out", out])).code).toBe(0)
    expect(readWeights(out)).toEqual(readWeights(at("run", "fold-1.safetensors")))
    const { metadata } = readSafetensors(readFileSync(out))
    expect(Object.keys(metadata).sort().join(" ")).toBe(
      "architecture classes fold mean model outputs repeat sd size temperature threshold version",
    )
  })

  it.each([
    ["several networks for one file", ["--format", "safetensors"], /2 networks \(fold-0, fold-1\).*--fold 0/],
    ["a fold that is not there", ["--format", "onnx", "--fold", "5"], /no network "5" in it; there are fold-0, fold-1/],
    ["no format", [], /format/],
    ["another format", ["--format", "tf"], /--format is "tf"; expected onnx, safetensors\./],
    ["a file in the run's folder", ["--format", "safetensors", "--fold", "0"], /count as one more network/],
  ])("refuses %s", async (_, args, message) => {
    const at = await run()
    const out = at("run", "x.safetensors")
    const { code, stderr } = await cnn(["export", at("run"), ...args, "--out", out])
    expect(code).not.toBe(0)
    expect(stderr).toMatch(message)
    expect(readdirSync(at("run"))).toEqual(["fold-0.safetensors", "fold-1.safetensors"])
  })
})

describe("cnn import", () => {
  it("of an exported file needs to be told nothing, and predicts the same", async () => {
    const at = await run()
    const [source, out] = [at("run", "fold-1.safetensors"), at("again.safetensors")]
    const { code, stdout } = await cnn(["import", source, "--model", "small", "--out", out])
    expect(code).toBe(0)
    expect(stdout.match(/from the file's metadata/g)).toHaveLength(6)
    expect(readWeights(out).info).toEqual({ ...drawnInfo({ ...given, fold: 1 }), version: expect.any(String) })
    expect(await predicted(out)).toEqual(await predicted(source))
    expect((await cnn(["export", out, "--format", "onnx", "--out", at("again.onnx")])).code).toBe(0)
  })

  it("of a bare state dict takes what is given and says what it supposed", async () => {
    const at = await run()
    const folder = await tempFolder({ "torch.safetensors": bare(at("run", "fold-0.safetensors")) })
    const [source, out] = [path.join(folder, "torch.safetensors"), path.join(folder, "run.safetensors")]
    const args = ["import", source, "--model", "small", "--out", out, "--classes", "whole, broken", "--size", "16"]
    const { code, stdout } = await cnn([...args, "--mean", "0.3", "--sd", "0.25"])
    expect(code).toBe(0)
    expect(stdout.split("\n").slice(1, -1)).toEqual([
      "  size         16  (given)",
      "  classes      whole, broken  (given)",
      "  mean         0.3  (given)",
      "  sd           0.25  (given)",
      "  threshold    0.5  (not given, the default)",
      "  temperature  1  (not given, the default)",
    ])
    const [[theirs], [ours]] = [await predicted(out), await predicted(at("run", "fold-0.safetensors"))]
    expect(theirs.probabilities).toEqual(ours.probabilities)
    expect((await cnn(args)).stderr).toMatch(/there is such a file already; --force overwrites it/)
  })

  it.each([
    [
      "a tensor too few",
      (w: Map<string, unknown>) => w.delete("1.bias"),
      /1 of 26 differ:\n {2}1\.bias: none in the file, \[8\] in the network/,
    ],
    [
      "one too many",
      (w: Map<string, unknown>) => w.set("fc.bias", { shape: [1], data: new Float32Array(1) }),
      /fc\.bias: \[1\] in the file, none in the network/,
    ],
    [
      "another shape",
      (w: Map<string, unknown>) => w.set("1.bias", { shape: [9], data: new Float32Array(9) }),
      /1\.bias: \[9\] in the file, \[8\] in the network/,
    ],
    [
      "what is no number",
      (w: Map<string, { data: Float32Array }>) => w.get("1.bias")!.data.fill(Number.NaN),
      /1\.bias holds numbers that are not finite/,
    ],
    [
      "half a batch",
      (w: Map<string, { data: Float32Array }>) => w.get("1.num_batches_tracked")!.data.fill(0.5),
      /1\.num_batches_tracked is 0\.5, expected whole numbers/,
    ],
  ])("refuses %s, with both lists", async (_, change, message) => {
    const at = await run()
    const folder = await tempFolder({ "t.safetensors": bare(at("run", "fold-0.safetensors"), change as never) })
    const file = path.join(folder, "t.safetensors")
    expect(() => importWeights(file, { network: small, size: 16 })).toThrow(message)
    expect(() => importWeights(file, { network: small, size: 16 })).toThrow("t.safetensors: ")
  })

  it("says for which size of images the network is that the tensors do not fit", async () => {
    const at = await run()
    const folder = await tempFolder({ "t.safetensors": bare(at("run", "fold-0.safetensors")) })
    expect(() => importWeights(path.join(folder, "t.safetensors"), { network: small })).toThrow(
      'not those of the network "small" for images of 80 pixels (--size), 1 of 26 differ:\n' +
        "  17.weight: [1,64] in the file, [1,576] in the network",
    )
  })

  it("minds the file's metadata only where nothing is given, and names the file where it is none", async () => {
    const at = await run()
    const { weights } = readWeights(at("run", "fold-0.safetensors"))
    const damaged = { classes: "[", size: "10.5", threshold: "7" }
    const folder = await tempFolder({ "t.safetensors": writeSafetensors(weights, damaged) })
    const file = path.join(folder, "t.safetensors")
    expect(() => importWeights(file, { network: small })).toThrow(
      /t\.safetensors: .*got 10\.5; --size says it otherwise/,
    )
    const given = { network: small, size: 16, classes: ["a", "b"] }
    expect(() => importWeights(file, given)).toThrow(/t\.safetensors: "threshold" is 7, expected a number from 0 to 1/)
    expect(importWeights(file, { ...given, threshold: 0.4 }).info).toMatchObject({
      classes: ["a", "b"],
      threshold: 0.4,
    })
  })

  it.each([
    [["--out", "x.pt"], /--out is "x\.pt"; expected a name that ends in \.safetensors/],
    [["--out", "x.safetensors", "--classes", "a"], /--classes is "a"; expected two different names/],
    [["--out", "x.safetensors", "--classes", "a,b,c"], /in the file, \[3,64\] in the network/],
    [["--out", "x.safetensors", "--sd", "0"], /--sd is "0"; expected a number over 0/],
    [["--out", "x.safetensors", "--model", "seed"], /--model was given 2 times|differ/],
  ])("refuses %s", async (args, message) => {
    const at = await run()
    const { code, stderr } = await cnn(["import", at("run", "fold-0.safetensors"), "--model", "small", ...args])
    expect(code).not.toBe(0)
    expect(stderr).toMatch(message)
    expect(existsSync("x.safetensors")).toBe(false)
  })
})
