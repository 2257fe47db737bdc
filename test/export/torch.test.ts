/**
 * Weights to PyTorch and back; skipped where no Python can import torch (`CNN_PYTHON` names one
 * that can).
 */
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import { importWeights } from "../../src/export/import_weights.ts"
import * as cnn from "../../src/index.ts"
import { networks } from "../../src/models/networks.ts"
import { architectureOf } from "../../src/weights/architecture.ts"
import { readWeights } from "../../src/weights/read_weights.ts"
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts"
import type { Weights } from "../../src/weights/weights.ts"
import { openForTests } from "../support/open.ts"
import { pythonWith, runPython } from "../support/python.ts"
import { anyWeights, outputOf, POINTWISE } from "../support/random_network.ts"
import { drawnMember } from "../support/some_weights.ts"
import { tempFolder } from "../support/temp_folder.ts"

const gpu = await openForTests()
const python = await pythonWith("torch")
const examples = fileURLToPath(new URL("../../examples", import.meta.url))

const torch = async (folder: string, script: string) =>
  JSON.parse(
    await runPython(
      python!,
      `import json, torch\nfrom cnn_torch import build, read, write\n${script}`,
      folder,
      examples,
    ),
  )

const LOGITS = `x = read("x.safetensors")[0]["x"]
with torch.no_grad(): print(json.dumps(network.eval()(x).flatten().tolist()))`

const writeX = (folder: string, shape: number[]) => {
  const x = draw(shape, 7)
  writeFileSync(path.join(folder, "x.safetensors"), writeSafetensors(new Map([["x", { shape, data: x }]])))
  return x
}

/** Float32 on both sides. */
function expectClose(actual: readonly number[], expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length)
  for (const [i, value] of actual.entries())
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected[i])))
}

const cases = [
  { model: "small", size: 32, classes: ["whole", "broken"] },
  { model: "reference", size: 30, classes: ["none", "hairline", "open"] },
  { model: "resnet18", size: 40, classes: ["whole", "broken"] },
  { model: "mobilenet_v2", size: 32, classes: ["none", "hairline", "open"] },
]

describe.skipIf(!python)("a weights file", () => {
  it.each(cases)("of $model is loaded by PyTorch, every name and shape, and gives the same logits", async (given) => {
    const folder = await tempFolder({ "fold-0.safetensors": drawnMember({ ...given, fold: 0 }) })
    const shape = [5, 1, given.size, given.size]
    const x = writeX(folder, shape)
    const theirs = await torch(
      folder,
      `weights, about = read("fold-0.safetensors")
network = build(about)
network.load_state_dict(weights, strict=True)
${LOGITS}`,
    )
    const { weights, info } = readWeights(path.join(folder, "fold-0.safetensors"))
    expectClose(theirs, await outputOf(gpu, networks[info.model].build(info.size, info.outputs), weights, x, shape))
  })

  it.each(cases)("of $model as PyTorch has it comes in and gives the same logits", async (given) => {
    const folder = await tempFolder({ "fold-0.safetensors": drawnMember({ ...given, fold: 0 }) })
    const shape = [5, 1, given.size, given.size]
    const x = writeX(folder, shape)
    const theirs = await torch(
      folder,
      `torch.manual_seed(3)
network = build(read("fold-0.safetensors")[1]).train()
for _ in range(3): network(torch.randn(${JSON.stringify(shape)}))
write("trained.safetensors", network.state_dict())
${LOGITS}`,
    )
    const { model, ...about } = given
    const asked = { network: networks[model], ...about }
    const { bytes, taken } = importWeights(path.join(folder, "trained.safetensors"), asked)
    expect(taken.map(({ from }) => from)).toEqual(["given", "given", ...new Array(4).fill("default")])
    writeFileSync(path.join(folder, "imported.safetensors"), bytes)
    const { weights, info } = readWeights(path.join(folder, "imported.safetensors"))
    expect(info).toMatchObject(given)
    if (given.model === "small") expect(weights.get("1.num_batches_tracked")!.data).toEqual(new Float32Array([3]))
    expectClose(theirs, await outputOf(gpu, networks[info.model].build(info.size, info.outputs), weights, x, shape))
  })

  it("tells every layer there is in PyTorch's words", async () => {
    const model = new cnn.Sequential({
      first: new cnn.Conv2d(2, 3, { kernel: 3, stride: 2, padding: 1, bias: false }),
      depthwise: new cnn.Conv2d(3, 3, { kernel: 3, padding: 2, dilation: 2, groups: 3 }),
      norm: new cnn.BatchNorm2d(3, { eps: 1e-3 }),
      // All activations and dropout, with their defaults and with options.
      any: new cnn.Sequential(...POINTWISE.map((make) => make())),
      pools: new cnn.Sequential(
        new cnn.MaxPool2d({ kernel: 3, stride: 1, padding: 1 }),
        new cnn.AvgPool2d({ kernel: 2, padding: 1 }),
      ),
      blocks: new cnn.Sequential(
        new cnn.Residual(new cnn.Sequential({ relu: new cnn.ReLU(), conv: new cnn.Conv2d(3, 3, { kernel: 1 }) })),
        new cnn.Residual(
          new cnn.Sequential(new cnn.Conv2d(3, 3, { kernel: 3, stride: 2, padding: 1 })),
          new cnn.Sequential(new cnn.Conv2d(3, 3, { kernel: 1, stride: 2, bias: false })),
          { relu: true },
        ),
      ),
      pool: new cnn.GlobalAvgPool(),
      flat: new cnn.Flatten(),
      last: new cnn.Dense(3, 2),
    })
    const weights: Weights = anyWeights(model, 4)
    const about = { architecture: JSON.stringify(architectureOf(model)) }
    const folder = await tempFolder({ "model.safetensors": writeSafetensors(weights, about) })
    const x = writeX(folder, [4, 2, 9, 9])
    const theirs = await torch(
      folder,
      `weights, about = read("model.safetensors")
network = build(about)
network.load_state_dict(weights)
write("again.safetensors", network.state_dict(), about)
${LOGITS}`,
    )
    expectClose(theirs, await outputOf(gpu, model, weights, x, [4, 2, 9, 9]))
    const again = readSafetensors(readFileSync(path.join(folder, "again.safetensors")))
    expect(again.tensors).toEqual(weights)
    expect(again.metadata).toEqual(about)
  })
})
