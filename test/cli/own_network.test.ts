/** A user's own network, as users run it: from one file anywhere to a run, and on from that run. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { sha256 } from "../../src/files/sha256.ts"
import { readWeights } from "../../src/weights/read_weights.ts"
import { cnn } from "../support/cli.ts"
import { before, outcome, whenPrinted } from "../support/left_run.ts"
import { dense, SWISH, smallAsFile } from "../support/own_networks.ts"
import { serveRun } from "../support/served.ts"
import { tempFolder } from "../support/temp_folder.ts"
import { at, json, PHANTOM, train } from "../support/train_fixture.ts"

const bytes = (...names: string[]) => readFileSync(at(...names))

beforeAll(async () => {
  expect((await cnn(["phantom", at("images"), "--count", "4", "--size", "32"])).code).toBe(0)
})

/** A file in a folder of its own, far from any node_modules. */
function source(name: string, text: string): string {
  mkdirSync(at("far", "away"), { recursive: true })
  writeFileSync(at("far", "away", name), text)
  return at("far", "away", name)
}

describe("a network of built-in layers", () => {
  beforeAll(async () => {
    const file = source("my_net.js", smallAsFile())
    expect(await train("small", ...PHANTOM)).toMatchObject({ code: 0, stderr: "" })
    expect(await train("own", ...PHANTOM, "--model", file)).toMatchObject({ code: 0, stderr: "" })
    rmSync(file)
  })

  it("equal to small trains to the same bits as small", () => {
    expect(bytes("own", "predictions.csv")).toEqual(bytes("small", "predictions.csv"))
    const [own, small] = ["own", "small"].map((run) => readWeights(at(run, "fold-1.safetensors")))
    expect(own.weights).toEqual(small.weights)
    expect(own.info).toEqual({ ...small.info, model: "my_net.js" })
  })

  it("is kept in its run, as a copy with its SHA-256", () => {
    const text = smallAsFile()
    expect(bytes("own", "network.mjs").toString()).toBe(text)
    const { network, train } = json("own", "config.json")
    expect([network, train.model]).toEqual([{ file: "network.mjs", sha256: sha256(text) }, "my_net.js"])
    expect(json("small", "config.json")).not.toHaveProperty("network")
    expect(existsSync(at("small", "network.mjs"))).toBe(false)
  })

  it("shows in the report of its run the filters before and after training", () => {
    const report = bytes("own", "report.html").toString()
    expect(report).toContain("my_net.js: 24,697 parameters")
    expect(report).toContain("filter 0 before training")
  })

  it("needs no file to predict, and predicts what small does", async () => {
    const [own, small] = await Promise.all(
      ["own", "small"].map((run) => cnn(["predict", at(run), at("images"), "--json"])),
    )
    expect(own.code).toBe(0)
    const { predictions } = JSON.parse(own.stdout)
    expect(predictions).toHaveLength(4)
    expect(predictions).toEqual(JSON.parse(small.stdout).predictions)
  })

  it("needs no file to be explained, exported, served and reported on", async () => {
    expect(await cnn(["explain", at("own"), "--all"])).toMatchObject({ code: 0, stderr: "" })
    for (const format of ["onnx", "safetensors"]) {
      const args = ["export", at("own"), "--format", format, "--fold", "0", "--out", at(`own.${format}`)]
      expect(await cnn(args)).toMatchObject({ code: 0, stderr: "" })
    }
    expect(readWeights(at("own.safetensors"))).toEqual(readWeights(at("own", "fold-0.safetensors")))
    await (await serveRun(at("own"))).close()
    expect(await cnn(["report", at("own"), "--out", at("again.html")])).toMatchObject({ code: 0, stderr: "" })
    const report = bytes("again.html").toString()
    expect(report).toContain("24,697 parameters")
    expect(report).not.toContain("filter 0 before training")
    expect(report).toContain("filter 0 after training")
  })
})

describe("a network with a layer of its own", () => {
  let file: string
  const model = () => ["--model", file]
  beforeAll(async () => {
    file = source("swish_net.mjs", SWISH)
    expect(await train("swish", ...PHANTOM, ...model())).toMatchObject({ code: 0, stderr: "" })
  })

  it("says before it reads images what it cannot do, by layer, and what to add", async () => {
    const { stdout } = await train("told", ...PHANTOM, ...model(), "--epochs", "1", "--json")
    const events = stdout.trim().split("\n").map((line) => JSON.parse(line)) // biome-ignore format: short
    const note = events.findIndex(({ type }) => type === "note")
    expect(events[note].text).toMatch(
      /^swish_net\.mjs: it trains, .*: layer 1 \(Swish\): no PyTorch name in the weights files, no export to ONNX, every command on the run needs --model\. .*static descriptor.*gradcheck/,
    )
    expect(events.findIndex(({ type }) => type === "read")).toBeGreaterThan(note)
  })

  it("goes on after its process was killed, from the copy, to the same bits", async () => {
    const killed = whenPrinted('"fold":1,"epoch":1', at("mark"), 'process.kill(process.pid, "SIGKILL")')
    const args = ["train", ...PHANTOM, ...model(), "--json", "--out", at("killed")]
    expect((await cnn(args, before(killed))).code).toBe(null)
    rmSync(file)
    expect(await cnn(["train", "--resume", at("killed")])).toMatchObject({ code: 0, stderr: "" })
    writeFileSync(file, SWISH)
    expect(outcome(at("killed"))).toEqual(outcome(at("swish")))
  })

  it("resumes with the same file alone, and with a copy that has not changed", async () => {
    const left = async (name: string) => {
      cpSync(at("swish"), at(name), { recursive: true })
      for (const gone of ["summary.json", "predictions.csv", "fold-0.safetensors", "fold-1.safetensors"])
        rmSync(at(name, gone))
    }
    await left("left")
    const resume = (...args: string[]) => cnn(["train", "--resume", at("left"), ...args])
    const other = source("other.mjs", `${SWISH}// other`)
    expect((await resume("--model", other)).stderr).toMatch(
      /--model .*other\.mjs was given, which is another file or has changed since, but .*left was started with the network of swish_net\.mjs, of which it keeps a copy: network\.mjs/,
    )
    expect((await resume("--model", "small")).stderr).toMatch(/--model small was given, but .*left was started with/)
    writeFileSync(at("left", "network.mjs"), `${SWISH}// changed`)
    expect((await resume()).stderr).toMatch(/network\.mjs: it has changed since the run started/)
    rmSync(at("left", "network.mjs"))
    expect((await resume()).stderr).toMatch(/network\.mjs: no such file/)
    writeFileSync(at("left", "network.mjs"), SWISH)
    expect(await resume(...model())).toMatchObject({ code: 0, stderr: "" })
    expect(outcome(at("left")).bytes).toEqual(outcome(at("swish")).bytes)
  })

  it.each([
    ["predict", ["predict", "swish", "images"]],
    ["explain", ["explain", "swish", "--all"]],
    ["export", ["export", "swish", "--format", "safetensors", "--fold", "0"]],
  ])("%s asks for --model, names the copy, and takes it", async (_, [command, run, ...rest]) => {
    const args = [command, at(run), ...rest.map((name) => (name === "images" ? at(name) : name))]
    if (command === "export") args.push("--out", at("swish.safetensors"))
    const { code, stderr } = await cnn(args)
    expect(code).toBe(1)
    expect(stderr).toMatch(/the network swish_net\.mjs has custom layers, which only the file .* can build/)
    const [, copy] = /Add: --model (\S+)\n$/.exec(stderr)!
    expect(copy).toBe(at("swish", "network.mjs"))
    const again = await cnn([...args, "--model", copy])
    expect(again.code).toBe(0)
    const other = await cnn([...args, "--model", source("b.mjs", `${SWISH}//`)])
    expect(other.stderr).toMatch(/--model names b\.mjs, which is another file or has changed since/)
  })

  it("cannot be exported to ONNX, nor be served, and the messages say why", async () => {
    const onnx = await cnn(["export", at("swish"), "--format", "onnx", ...model(), "--out", at("s.onnx")])
    expect(onnx.stderr).toMatch(/layer "1" \(Swish\) cannot be exported to ONNX: Swish has no static descriptor/)
    expect(() => serveRun(at("swish"))).toThrow(
      /The page has built-in layers only\. Use npx cnn predict or npx cnn explain/,
    )
    const report = bytes("swish", "report.html").toString()
    expect(report).toContain("swish_net.mjs: 297 parameters")
    expect((await cnn(["report", at("swish"), "--out", at("swish.html")])).code).toBe(0)
    expect(bytes("swish.html").toString()).toContain("its layers are its own, and stand in network.mjs")
  })

  it("is exported after its descriptors were added, by an import, as the message says", async () => {
    const described = SWISH.replace(
      "class Swish extends Module {",
      `class Swish extends Module { static descriptor = { torch: { type: "Swish", layer: () => new Swish() },
  onnx: () => [{ name: "s", op: "Sigmoid" }, { op: "Mul", inputs: ["x", "s"] }], featureMap: "continues" }`,
    )
    const fold = at("swish", "fold-0.safetensors")
    const changed = source("described.mjs", described)
    const onnx = (weights: string) =>
      cnn(["export", weights, "--format", "onnx", "--model", changed, "--out", at("described.onnx")])
    const { stderr } = await onnx(fold)
    expect(stderr).toMatch(
      /If you only added descriptors .*: npx cnn import \S+ --model FILE --out new\.safetensors\n$/,
    )
    const out = at("renewed.safetensors")
    expect(await cnn(["import", fold, "--model", changed, "--out", out])).toMatchObject({ code: 0, stderr: "" })
    expect(await onnx(out)).toMatchObject({ code: 0, stderr: "" })
  })

  it("is to be restored if its copy in the run folder was changed", async () => {
    cpSync(at("swish"), at("edited"), { recursive: true })
    const copy = at("edited", "network.mjs")
    writeFileSync(copy, `${SWISH}// changed`)
    const { code, stderr } = await cnn(["predict", at("edited"), at("images"), "--model", copy])
    expect(code).toBe(1)
    expect(stderr).toMatch(/If it is the copy in the run folder, undo the change: .* restore network\.mjs/)
    expect(stderr).not.toContain(`Use: --model ${copy}`)
  })

  it("is refused where the weights are another network's", async () => {
    const { stderr } = await cnn(["predict", at("swish"), at("images"), "--model", "small"])
    expect(stderr).toMatch(/--model names the built-in small, and the network was defined by swish_net\.mjs/)
  })

  it("can be compared, imported, tuned for and timed", async () => {
    const compared = await cnn([
      ...["compare", ...PHANTOM, ...model(), "--methods", "none", "--optimizers", "adam", "--epochs", "1"],
      ...["--out", at("compared")],
    ])
    expect(compared).toMatchObject({ code: 0, stderr: "" })
    expect(bytes("compared", "network.mjs").toString()).toBe(SWISH)
    expect(json("compared", "comparison.json").config.network).toEqual({ file: "network.mjs", sha256: sha256(SWISH) })
    const fold = at("swish", "fold-0.safetensors")
    const imported = ["import", fold, ...model(), "--out", at("imported.safetensors")]
    expect(await cnn(imported)).toMatchObject({ code: 0, stderr: "" })
    expect(readWeights(at("imported.safetensors"))).toEqual(readWeights(fold))
    const timed = await cnn(["bench", "--step", file, "--rounds", "2", "--json"])
    expect(JSON.parse(timed.stdout).steps[0]).toMatchObject({ network: file, size: 16, parameters: 297 })
    const few = ["--rounds", "2", "--candidates", "1", "--batch", "2", "--json"]
    const tuned = await cnn(["tune", ...model(), ...few], { CNN_CACHE: at("cache"), CNN_TUNE: "" })
    expect(JSON.parse(tuned.stdout).passes.length).toBeGreaterThan(0)
  })
})

describe("a mistake in the file is said before images are read:", () => {
  const MODULE = (body: string) => `class Own extends Module { ${body} }`
  it.each<[what: string, text: string, message: RegExp]>([
    ["an import", `import fs from "node:fs"\n`, /net\.js: it imports "node:fs", and may import "cnn" alone: .*copy/],
    ["a local import", `import "./other.js"\n`, /net\.js: it imports "\.\/other\.js", and may import "cnn" alone/],
    ["a late import", `await import("sharp")\n`, /net\.js: it imports "sharp", and may import "cnn" alone/],
    ["syntax", `import "cnn"\nconst a = ;\n`, /net\.js, line 2: SyntaxError: Unexpected token ';'\nconst a = ;\n/],
    [
      "a name that cnn lacks",
      `import { Conv3d } from "cnn"\n`,
      /net\.js: .* does not provide an export named 'Conv3d'/,
    ],
    ["an exception", `\nnull.size\n`, /net\.js, line 2: Cannot read properties of null/],
    ["no default export", `export const a = 1\n`, /net\.js: it has no default export; expected .*defineNetwork/],
    [
      "another default export",
      `import { Sequential } from "cnn"\nexport default new Sequential()\n`,
      /net\.js: its default export is not from defineNetwork but is a Sequential/,
    ],
    [
      "a wrong option",
      dense("", "", "size: 0"),
      /net\.js, line \d+: defineNetwork: size is 0, expected a whole number/,
    ],
    ["build throws", dense("null.layer, "), /net\.js: build\(16, 1\) failed: Cannot read properties of null/],
    [
      "a shape that a layer refuses",
      dense("new Dense(9, 9), "),
      /net\.js: layer 0 \(Dense\) does not take \[1,1,16,16\]/,
    ],
    [
      "a wrong number of outputs",
      dense("").replace("size ** 2, outputs", "size ** 2, 3"),
      /net\.js: build\(16, 1\) makes \[1,1,16,16\] into \[1,3\], expected \[1,1\]/,
    ],
    [
      "images that are too small",
      dense("", "", "size: 64, minSize: 32"),
      /net\.js needs images of 32 pixels or more, got 16/,
    ],
    [
      "WGSL that does not compile",
      dense("").replace("new Flatten(), ", "new Flatten(), new Own(), ") +
        `const own = op("own", { forward(x) { const y = x.gpu.empty(x.shape); x.gpu.run("own", { x, y }, {}, [x.size]); return y },
  backward: (dy) => [dy] })
${MODULE(`kernels() { return { own: "@group(0) @binding(0) var<storage, read> x: array<f32>;" +
  "@group(0) @binding(1) var<storage, read_write> y: array<f32>;" +
  "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = wrong(x[id.x]); }" } }
forward(x) { return own(x) }`)}`,
      /net\.js: layer 1 \(Own\), in training, failed on \[4,256\]: own\.wgsl:.*wrong/,
    ],
  ])("%s", async (_, text, message) => {
    const folder = await tempFolder({ "net.js": text })
    const out = at("refused")
    const { code, stdout, stderr } = await cnn(["train", ...PHANTOM, "--model", `${folder}/net.js`, "--out", out])
    expect([code, stdout]).toEqual([1, ""])
    expect(stderr).toMatch(message)
    expect(existsSync(out)).toBe(false)
  })

  it("more classes than outputs", async () => {
    const folder = await tempFolder({ "net.js": dense("").replace("size ** 2, outputs", "size ** 2, 1") })
    const { stderr } = await cnn([
      "train",
      ...PHANTOM,
      "--by-type",
      "--model",
      `${folder}/net.js`,
      "--out",
      at("types"),
    ])
    expect(stderr).toMatch(/net\.js: build\(16, \d\) makes \[1,1,16,16\] into \[1,1\], expected \[1,\d\]/)
  })

  it.each<[string, RegExp]>([
    ["./missing.js", /\.\/missing\.js: no such file; expected a file with `export default defineNetwork/],
    ["./nets.js", /\.\/nets\.js: this is a folder; expected a file/],
    ["./net.py", /\.\/net\.py: expected a name that ends in \.js, \.mjs, \.ts or \.mts/],
    ["smal", /--model is "smal"; expected small, reference.* or a file such as \.\/smal\.js\. Did you mean small\?/],
    ["referense", /Did you mean reference\?/],
    ["xyz", /--model is "xyz"; expected small, reference.* or a file such as \.\/xyz\.js\.$/m],
  ])("--model %s", async (model, message) => {
    const folder = await tempFolder({ "nets.js/a.txt": "", "net.py": "" })
    const { code, stderr } = await cnn(["train", "--model", model], {}, undefined, folder)
    expect(code).toBe(model.startsWith(".") ? 1 : 2)
    expect(stderr).toMatch(message)
  })

  it("TypeScript runs where Node runs it", async () => {
    const typed = dense("").replace("build(size, outputs)", "build(size: number, outputs: number)")
    const folder = await tempFolder({ "net.ts": typed })
    const { code, stderr } = await train("typed", ...PHANTOM, "--model", `${folder}/net.ts`)
    const runs = Boolean((process.features as { typescript?: unknown }).typescript)
    if (runs) expect([code, bytes("typed", "network.ts").toString()]).toEqual([0, typed])
    else expect(stderr).toMatch(/net\.ts: Node [\d.]+ does not run TypeScript\. Use Node 22\.18 or later/)
  })
})

it("seed is the network reference by its old name", async () => {
  const args = ["--count", "8", "--size", "22", "--epochs", "1", "--folds", "2", "--batch", "4"]
  expect((await train("old", ...args, "--model", "seed")).code).toBe(0)
  expect(json("old", "config.json").train.model).toBe("reference")
  expect(readWeights(at("old", "fold-0.safetensors")).info.model).toBe("reference")
})
