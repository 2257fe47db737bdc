import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { shaderNames } from "../../src/gpu/shader_files.ts"
import { cnn } from "../support/cli.ts"

describe("cnn shaders", () => {
  it("lists all kernels with what they compute", async () => {
    const { code, stdout } = await cnn(["shaders"])
    expect(code).toBe(0)
    const lines = stdout.trim().split("\n")
    expect(lines.map((line) => line.split(" ")[0])).toEqual(shaderNames())
    expect(stdout).toMatch(/^binary +y\[i\] = a\[i\] \+ b\[i\]/m)
  })

  it("prints a file as it is", async () => {
    const file = new URL("../../src/shaders/conv2d/conv2d_tile.wgsl", import.meta.url)
    expect((await cnn(["shaders", "conv2d_tile"])).stdout).toBe(readFileSync(file, "utf8"))
  })

  it("prints it with consts set and loops written out", async () => {
    const set = ["--set", "TI=2", "TJ=2", "TO=1"]
    const { stdout } = await cnn(["shaders", "conv2d_tile", "--unrolled", ...set])
    expect(stdout).toContain("const TI: u32 = 2u;")
    expect(stdout).not.toContain("// unroll")
    // Each of four pixels of a channel has nine taps.
    expect(stdout.match(/fma\(/g)).toHaveLength(36)
  })

  it("counts what docs/kernels.md shows", async () => {
    const { stdout } = await cnn(["shaders", "--used", "--model", "refnet-s", "--batch", "32"])
    const [head, counts] = stdout.split("\n")
    // Other adapters have other kernels.
    if (head.includes("SwiftShader")) expect(readFileSync("docs/kernels.md", "utf8")).toContain(`${head}\n${counts}\n`)
    else expect(counts).toMatch(/^\d+ dispatches, \d+ kernels$/)
  })

  it.each<[NodeJS.ProcessEnv, string]>([
    [{}, "(software|gpu), "],
    [{ CNN_KERNELS: "plain" }, ".*CNN_KERNELS=plain"],
  ])("lists those of a training step in order, %j", async (env, adapter) => {
    const args = ["--used", "--model", "refnet-s", "--size", "16", "--batch", "2"]
    const { code, stdout, stderr } = await cnn(["shaders", ...args], env)
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toMatch(
      new RegExp(
        `^A training step of refnet-s with 2 images of 16x16 pixels on .* \\(${adapter}.*\\):\\n\\d+ dispatches, \\d+`,
      ),
    )
    const parts = stdout.split("\n").filter((line) => /^\w+$/.test(line))
    expect(parts).toEqual(["augmentation", "forward", "loss", "backward", "optimiser"])
    for (const [line] of stdout.matchAll(/^ {2}.*/gm)) expect(line).toMatch(/ src\/shaders\/\w+\/\w+\.wgsl +\S/)
    const files = (start: string) =>
      [...stdout.matchAll(new RegExp(`^  ${start}.* src/shaders/\\w+/(\\w+)\\.wgsl +(.*)$`, "gm"))].map(
        ([, ...row]) => row,
      )
    expect(files("Adam")).toEqual([["adam", "the only kernel of its op"]])
    if (env.CNN_KERNELS) {
      expect(files("conv2 Conv2d ")).toEqual([
        ["conv2d", "CNN_KERNELS=plain"],
        ["conv2d_backward_input", "CNN_KERNELS=plain"],
        ["conv2d_backward_weight", "CNN_KERNELS=plain"],
        ["conv2d_backward_bias", "the only kernel of its op"],
      ])
      expect(files("pool1 MaxPool2d").map(([kernel]) => kernel)).toEqual(["max_pool2d", "max_pool2d_backward_input"])
    } else if (/\(software, subgroups of [48]\)/.test(stdout)) {
      const tiled = "software adapter, window at most 5x5, stride at most 2"
      const rows = files("conv1 Conv2d, relu1 ReLU, pool1 MaxPool2d")
      expect(rows.map(([kernel]) => kernel)).toEqual([
        "conv2d_tile_few",
        "conv2d_backward_weight_few",
        "conv2d_backward_weight_sum",
      ])
      expect(rows[0][1]).toBe(`${tiled}, at most 3 input channels: tiles of 4x4 pixels x 1 channel`)
    }
  })

  it.each([
    [["--used", "relu"], "--used lists the kernels of a step; leave out relu"],
    [["--used", "--unrolled"], "leave out --unrolled"],
    [["--model", "small"], "--model goes with --used only"],
    [
      ["--used", "--model", "large"],
      '--model is "large"; expected small, reference, resnet18, mobilenet_v2, refnet-s, refnet-m or a file',
    ],
    [["--used", "--batch", "0"], "--batch"],
  ])("%j is a wrong usage", async (args, message) => {
    const { code, stdout, stderr } = await cnn(["shaders", ...args])
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toContain(message)
  })

  it("--used fails where there is no such adapter, or an unknown choice of kernels", async () => {
    const missing = await cnn(["shaders", "--used", "--adapter", "no such adapter"])
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining('No WebGPU adapter fits "no such adapter"'),
    ])
    const unknown = await cnn(["shaders", "--used"], { CNN_KERNELS: "fast" })
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain(
      'CNN_KERNELS is "fast", expected "default" (the fastest kernels for the adapter) or "plain"',
    )
  })

  it("--used says where a network does not take the images", async () => {
    const { code, stderr } = await cnn(["shaders", "--used", "--size", "10"])
    expect([code, stderr]).toEqual([2, "cnn: --size 10: the network small needs images of 16 pixels or more, got 10\n"])
  })

  it.each([
    [["conv3d"], 'No shader is called "conv3d". Did you mean conv2d? To list all: npx cnn shaders\n'],
    [["Relu"], 'No shader is called "Relu". Did you mean relu?'],
    [["conv2d_backward_w"], 'No shader is called "conv2d_backward_w". Did you mean conv2d_backward_weight?'],
    [["quux-and-more"], 'No shader is called "quux-and-more". To list all: npx cnn shaders\n'],
    [["relu", "--set", "SIZE=many"], "--set SIZE=many: expected NAME=value, where relu.wgsl has SIZE (u32)"],
    [["relu", "--set", "SIZE"], "--set SIZE: expected NAME=value"],
    [["relu", "--set", "WIDTH=3"], "relu.wgsl: no const WIDTH; it declares SIZE"],
  ])("%j is refused", async (args, message) => {
    const { code, stderr } = await cnn(["shaders", ...args])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
