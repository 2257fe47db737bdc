/** torchvision's networks from the command line: trained, explained, exported, asked. */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SHORT = ["--size", "32", "--count", "8", "--folds", "2", "--epochs", "1", "--batch", "4"]

it.each([
  { model: "resnet18", layer: "layer1.1", inside: "layer1.1.conv2" },
  { model: "mobilenet_v2", layer: "features.3", inside: "features.3.conv.2" },
])("$model", { timeout: 600_000 }, async ({ model, layer, inside }) => {
  const folder = await tempFolder({})
  const at = (name: string) => path.join(folder, name)
  const run = at("run")
  const trained = await cnn(["train", "--model", model, ...SHORT, "--out", run])
  expect(trained).toMatchObject({ code: 0, stdout: expect.stringContaining("of 8 images are right") })
  expect(readFileSync(path.join(run, "report.html"), "utf8")).toContain(model)

  const image = "fractured/phantom-0001.png"
  const explain = (name: string, ...args: string[]) => cnn(["explain", run, image, "--out", at(name), ...args])
  expect((await explain("block.png", "--layer", layer)).code).toBe(0)
  expect(existsSync(at("block.png"))).toBe(true)
  expect((await explain("inside.png", "--layer", inside)).stderr).toMatch(
    `layer "${inside}" ends no feature map; those that do are `,
  )

  const exported = await cnn(["export", run, "--format", "onnx", "--out", at("run.onnx")])
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining(`2 networks, ${model}`) })
  expect((await cnn(["phantom", at("images"), "--count", "4", "--size", "32"])).code).toBe(0)
  const asked = await cnn(["predict", run, at("images"), "--json"])
  expect(JSON.parse(asked.stdout).predictions).toHaveLength(4)
})
