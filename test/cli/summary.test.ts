/** `cnn summary` as users run it. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { small } from "../../src/models/small.ts"
import { cnn } from "../support/cli.ts"
import { SWISH } from "../support/own_networks.ts"
import { drawnMember } from "../support/some_weights.ts"
import { tempFolder } from "../support/temp_folder.ts"

const summary = (...args: string[]) => cnn(["summary", ...args])

describe("cnn summary", () => {
  it("lists the layers and the memory of a step", async () => {
    const { code, stdout, stderr } = await summary("small", "--size", "32", "--batch", "4", "--optimizer", "sgd")
    expect([code, stderr]).toEqual([0, ""])
    const [title, ...lines] = stdout.trimEnd().split("\n")
    expect(title).toBe("small, 32 x 32 gray, 2 classes")
    const layers = small.build(32, 1).summary([1, 1, 32, 32])
    expect(lines.slice(0, layers.rows.length + 2).join("\n")).toBe(layers.toString())
    expect(lines.slice(layers.rows.length + 2)).toEqual([
      "",
      expect.stringMatching(/^A training step of 4 images with sgd holds \d+\.\d kB on .+:$/),
      expect.stringMatching(/^ {2}parameters +10\d\.\d kB$/),
      expect.stringMatching(/^ {2}gradients +10\d\.\d kB$/),
      expect.stringMatching(/^ {2}optimiser state +10\d\.\d kB$/),
      expect.stringMatching(/^ {2}running statistics +976 B$/),
      expect.stringMatching(/^ {2}activations and the like +\d+\.\d kB$/),
    ])
  })

  it("gives the same as JSON, of a network of one's own, of other classes", async () => {
    const folder = await tempFolder({ "mine.mjs": SWISH })
    const { code, stdout } = await summary(path.join(folder, "mine.mjs"), "--classes", "3", "--json")
    expect(code).toBe(0)
    const { layers, memory, ...rest } = JSON.parse(stdout)
    expect(rest).toMatchObject({ model: "mine.mjs", size: 16, classes: 3, batch: 16, optimizer: "adam" })
    expect(layers.map(({ layer }: { layer: string }) => layer)).toEqual(["Conv2d", "Swish", "MaxPool2d", "Flatten", "Dense"]) // biome-ignore format: a list
    expect(layers[4].outputShape).toEqual([1, 3])
    expect(rest.parameters).toBe(layers.reduce((sum: number, { parameters }: { parameters: number }) => sum + parameters, 0)) // biome-ignore format: a sum
    expect(memory).toMatchObject({ statistics: 0, gradients: memory.parameters, optimizer: 2 * memory.parameters })
    expect(memory.activations).toBeGreaterThan(16 * 16 * 16 * 4 * 4)
  })

  it("takes a weights file or a run, with its own size", async () => {
    const given = { model: "small", size: 24, classes: ["a", "b", "c"], fold: 0 }
    const folder = await tempFolder({ "fold-0.safetensors": drawnMember(given) })
    for (const source of [folder, path.join(folder, "fold-0.safetensors")]) {
      expect((await summary(source)).stdout).toMatch(/^small, 24 x 24 gray, 3 classes\n/)
      expect(await summary(source, "--size", "32")).toMatchObject({ code: 2, stdout: "" })
    }
  })

  it.each([
    [["tiny"], 2, /the model is "tiny"; expected small, reference.* or a file such as \.\/tiny\.js/],
    [["small", "--size", "12"], 2, /--size 12: the network small needs images of 16 pixels or more, got 12/],
    [["small", "--batch", "0"], 2, /--batch is "0"; expected a whole number from 1 to 65535/],
    [["./none.js"], 1, /none\.js: no such file; expected a file with `export default defineNetwork/],
    [[], 2, /cnn summary/],
  ])("refuses %j", async (args, code, message) => {
    const result = await summary(...args)
    expect([result.code, result.stdout, result.stderr]).toEqual([code, "", expect.stringMatching(message)])
  })

  it("refuses a damaged weights file", async () => {
    const folder = await tempFolder()
    writeFileSync(path.join(folder, "x.safetensors"), "abc")
    const { code, stderr } = await summary(path.join(folder, "x.safetensors"))
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/x\.safetensors: not a safetensors file that can be read/),
    ])
  })
})
