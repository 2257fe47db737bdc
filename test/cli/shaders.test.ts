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
    expect(stdout).toMatch(/^add +y\[i\] = a\[i\] \+ b\[i\]/m)
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
