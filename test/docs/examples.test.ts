/**
 * The short examples as users run them, and what they use; .ci/run does phantom.ts and mnist.ts,
 * which train longer.
 */
import { execFile } from "node:child_process"
import { readFileSync, rmSync } from "node:fs"
import path from "node:path"
import { promisify } from "node:util"
import { describe, expect, it, onTestFinished } from "vitest"
import { Module, Sequential, type Tensor } from "../../src/index.ts"
import { cnn } from "../support/cli.ts"
import { root } from "../support/docs_pages.ts"
import { openForTests } from "../support/open.ts"
import { tempFolder } from "../support/temp_folder.ts"

const run = async (name: string, ...args: string[]) => {
  const file = path.join(root, "dist/examples", `${name}.js`)
  const env = { ...process.env, CNN_DEBUG: "" }
  return (await promisify(execFile)(process.execPath, [file, ...args], { env })).stdout
}

/** What a line of the output says. */
const found = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1])

describe("examples", () => {
  it("custom_layer.ts: its kernels are right, and it learns", async () => {
    const printed = await run("custom_layer")
    expect(printed).toMatch(/^softplus: forward and gradient agree with float64$/m)
    expect(found(printed, /step 300: loss (\S+)/)).toBeLessThan(found(printed, /step 0: loss (\S+)/) / 20)
  })

  it("residual.ts: the gradients of its block are right, and it learns", async () => {
    const printed = await run("residual", "25")
    expect(printed).toMatch(/^residual: forward and gradients agree with float64$/m)
    expect(found(printed, /step 25: loss (\S+)/)).toBeLessThan(found(printed, /step 0: loss (\S+)/) * 0.9)
  })

  it("own_data.ts: a folder with groups, metrics of images and patients, and weights files", async () => {
    const folder = await tempFolder()
    expect((await cnn(["phantom", folder, "--count", "60", "--size", "32"])).code).toBe(0)
    const printed = await run("own_data", folder, "1", "^.*-[0-9]{3}")
    expect(printed).toMatch(/^60 images: not_fractured, fractured\. 60 images in 12 groups, by the expression/m)
    const range = String.raw`[01]\.\d{3}, 95 % CI [01]\.\d{3} to [01]\.\d{3}`
    for (const row of ["60 images: auc", "60 images: accuracy", "12 patients: auc"])
      expect(printed).toMatch(new RegExp(`^${row} ${range}$`, "m"))
    const out = `${folder}-networks`
    onTestFinished(() => rmSync(out, { recursive: true, force: true }))
    const predicted = await cnn(["predict", path.join(out, "fold-2.safetensors"), folder, "--json"])
    expect(JSON.parse(predicted.stdout).predictions).toHaveLength(60)
  })

  it("own_data.ts has fewer than 40 lines of code", () => {
    const lines = readFileSync(path.join(root, "examples/own_data.ts"), "utf8").split("\n")
    expect(lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length).toBeLessThan(40)
  })
})

describe("a kernel of one's own", async () => {
  const gpu = await openForTests()
  const DOUBLE = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
const FACTOR: f32 = 2.0;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = FACTOR * x[id.x]; }`

  it("runs by its name, consts and all", async () => {
    gpu.addKernel("own_double", DOUBLE)
    const x = gpu.tensor([4], [1, 2, 3, 4])
    const [y, z] = [gpu.empty([4]), gpu.empty([4])]
    gpu.run("own_double", { x, y }, {}, [4])
    gpu.run("own_double", { x, y: z }, {}, [4], { FACTOR: 3 })
    expect([...(await y.read()), ...(await z.read())]).toEqual([2, 4, 6, 8, 3, 6, 9, 12])
    gpu.endStep()
  })

  it.each([
    ["relu", DOUBLE, /addKernel: there is a kernel "relu" already; choose another name/],
    [
      "own_two",
      `${DOUBLE} @compute @workgroup_size(1) fn more() {}`,
      /kernel "own_two": expected one @compute entry point, found 2/,
    ],
    ["own_text", "no WGSL", /addKernel: kernel "own_text": /],
  ])("is refused as %s where it cannot be", (name, code, message) => {
    expect(() => gpu.addKernel(name, code)).toThrow(message)
  })

  it("may be added again, but not another one under its name", () => {
    gpu.addKernel("own_twice", DOUBLE)
    gpu.addKernel("own_twice", DOUBLE)
    expect(() => gpu.addKernel("own_twice", `${DOUBLE}\n`)).toThrow(/there is a kernel "own_twice" already/)
  })

  it("comes with a layer that names it, on each device that the layer is put on", async () => {
    class Double extends Module {
      override kernels() {
        return { own_layer: DOUBLE }
      }
      override forward(x: Tensor) {
        const y = x.gpu.empty(x.shape)
        x.gpu.run("own_layer", { x, y }, {}, [x.size])
        return y
      }
    }
    const other = await openForTests()
    for (const device of [gpu, gpu, other]) {
      const layer = new Sequential(new Double(), new Double()).to(device)
      expect([...(await layer.forward(device.tensor([4], [1, 2, 3, 4])).read())]).toEqual([4, 8, 12, 16])
      device.endStep()
    }
  })
})
