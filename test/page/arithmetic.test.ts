/** The arithmetic that the page shows for a value comes to what the GPU computed. */
import { expect, it } from "vitest"
import { SHADERS } from "#shaders"
import { drawPhantoms } from "../../src/data/phantom.ts"
import { activationsOf } from "../../src/page/activations.ts"
import { arithmeticOf, mainLines } from "../../src/page/arithmetic.ts"
import { Lesson } from "../../src/page/lesson.ts"
import { openGpu } from "../../src/tensor/tensor_gpu.ts"

const SIZE = 24

function drawn() {
  const drawing = drawPhantoms({ count: 8, seed: 0, size: SIZE })
  for (;;) {
    const { done, value } = drawing.next()
    if (done) return value
  }
}

it.each(["small", "reference"])("of each layer of %s, at corners and within", async (model) => {
  const gpu = await openGpu({ adapter: "software" })
  const lesson = new Lesson(gpu, drawn(), { model, optimizer: "adam" })
  await lesson.step(0.01)
  const activations = await activationsOf(lesson, 1)
  const weights = new Map<string, Float32Array>()
  for (const [name, tensor] of lesson.model.stateDict()) weights.set(name, (await tensor.read()).slice())
  const kinds = new Set<string>()
  for (const activation of activations) {
    const { name, layer, shape, values, gradient } = activation
    const [channels, height = 1, width = 1] = shape
    expect(gradient).toHaveLength(values.length)
    const places = [
      { channel: 0, row: 0, column: 0 },
      { channel: channels - 1, row: height - 1, column: width - 1 },
      { channel: channels >> 1, row: height >> 1, column: width >> 1 },
    ]
    for (const place of places) {
      const found = arithmeticOf(activation, place, (own) => weights.get(`${name}.${own}`))
      if (!found) continue
      kinds.add(layer.constructor.name)
      const value = values[(place.channel * height + place.row) * width + place.column]
      expect(Math.abs(found.result - value), `${name} ${JSON.stringify(place)}`).toBeLessThan(
        1e-4 * (1 + Math.abs(value)),
      )
      expect(mainLines(SHADERS[found.shader])).toMatch(/^@compute[\s\S]*fn main/)
    }
  }
  expect([...kinds].sort()).toEqual(
    model === "small"
      ? ["AvgPool2d", "BatchNorm2d", "Conv2d", "Dense", "ReLU"]
      : ["Conv2d", "Dense", "MaxPool2d", "ReLU"],
  )
  gpu.close()
})

it("the gradient is that of the image's loss", async () => {
  const gpu = await openGpu({ adapter: "software" })
  const lesson = new Lesson(gpu, drawn(), { model: "small", optimizer: "adam" })
  const index = lesson.data.labels.indexOf(1)
  const { values, gradient } = (await activationsOf(lesson, index)).at(-1)!
  // Of binary cross-entropy by its logit: the probability less the label.
  expect(gradient[0]).toBeCloseTo(1 / (1 + Math.exp(-values[0])) - 1, 5)
  gpu.close()
})
