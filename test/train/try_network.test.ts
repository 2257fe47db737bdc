/** The trial of a user's own network: a mistake is reported with the layer that is at fault. */
import { describe, expect, it } from "vitest"
import * as cnn from "../../src/index.ts"
import { defaultConfig } from "../../src/train/defaults.ts"
import { checkNetwork, tryNetwork } from "../../src/train/try_network.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const SIZE = 8

class Own extends cnn.Module {
  constructor(readonly own: (x: cnn.Tensor, layer: cnn.Module) => cnn.Tensor = (x) => x) {
    super()
  }

  override forward(x: cnn.Tensor): cnn.Tensor {
    return this.own(x, this)
  }
}

/** Does not use its parameter. */
class Idle extends Own {
  override parameterSpecs() {
    return { w: { shape: [4, 4], init: cnn.heNormal } }
  }
}

const lost = cnn.op("lost", { forward: (x: cnn.Tensor) => cnn.mul(x, x), backward: () => [null] })
const explosive = cnn.op("explosive", {
  forward: (x: cnn.Tensor) => cnn.mul(x, x),
  backward: (dy: cnn.Tensor) => [
    cnn.mul(
      dy,
      dy.gpu.tensor(dy.shape, () => new Float32Array(dy.size).fill(Infinity)),
    ),
  ],
})

const square = (x: cnn.Tensor) => cnn.mul(x, x)
const fails = (): never => {
  throw new Error("boom")
}
const failing = cnn.op("failing", { forward: square, backward: fails })
const bare = cnn.op("bare", { forward: square, backward: (dy) => dy as never })

async function attempt(build: () => cnn.Sequential, classes = ["a", "b"]): Promise<void> {
  const network = cnn.defineNetwork({ name: "net.js", size: SIZE, build })
  const trial = { size: SIZE, classes, config: defaultConfig }
  checkNetwork(network, trial)
  await tryNetwork(gpu, network, trial)
}

/** These layers between the image and a dense layer, which follows `behind`. */
const around = (layers: cnn.Module[], behind: cnn.Module[] = [], head = new cnn.Dense(SIZE ** 2, 1)) =>
  new cnn.Sequential(...layers, new cnn.Flatten(), ...behind, head)

const dense = (init = cnn.heNormal) => new cnn.Dense(SIZE ** 2, SIZE ** 2, { init })

describe("a network is refused with", () => {
  const once = around([])
  const twice = dense()
  it.each<[what: string, build: () => cnn.Sequential, message: RegExp]>([
    ["the same layers each time", () => once, /^net\.js: build returns the same Sequential each time/],
    [
      "a layer that is in it twice",
      () => around([], [twice, twice]),
      /^net\.js: layers 1 and 2 are one object \(Dense\)/,
    ],
    [
      "no parameters",
      () => new cnn.Sequential(new cnn.GlobalAvgPool()),
      /^net\.js: none of its layers has parameters, so there is nothing to train/,
    ],
    [
      "a forward that fails",
      () => around([new Own(fails)]),
      /^net\.js: layer 0 \(Own\), in training, failed on \[4,1,8,8\]: boom/,
    ],
    [
      "a forward that fails in evaluation alone",
      () => around([new Own((x, { training }) => (training ? x : (null as never)))]),
      /^net\.js: layer 0 \(Own\), in evaluation, returned null, expected a Tensor/,
    ],
    [
      "an outputShape that does not say what forward does",
      () => around([new Own((x) => cnn.maxPool2d(x, { kernel: 2 }))], [], new cnn.Dense(SIZE ** 2 / 4, 1)),
      /^net\.js: layer 0 \(Own\), in training, gives \[4,1,4,4\] from \[4,1,8,8\], and its outputShape says \[4,1,8,8\]/,
    ],
    [
      "outputs that are no logits",
      () => new cnn.Sequential(new cnn.Flatten(), dense(), new Own()),
      /^net\.js: its output is \[4,64\] for 4 images, expected \[4,1\]/,
    ],
    [
      "numbers that are not finite",
      () => around([], [dense(cnn.constant(3e38))]),
      /^net\.js: layer 1 \(Dense\), in training, gives numbers that are not finite/,
    ],
    [
      "a gradient that an op does not hand on",
      () => around([], [dense(), new Own(lost)]),
      /^net\.js: no gradient reaches 1\.weight \(Dense\)/,
    ],
    [
      "a gradient that is not finite",
      () => around([], [dense(), new Own(explosive)]),
      /^net\.js: the gradient of 1\.weight \(Dense\) is not finite in update 1/,
    ],
    [
      "data that a recording would not repeat",
      () => around([new Own((x) => cnn.mul(x, x.gpu.tensor(x.shape, new Float32Array(x.size).fill(2))))]),
      /^net\.js: record: the body writes host data, which a replay would not repeat/,
    ],
    [
      "a backward that fails",
      () => around([], [dense(), new cnn.ReLU(), new Own(failing)]),
      /^net\.js: the backward of layer 3 \(Own\) failed: boom/,
    ],
    [
      "a backward that returns no array",
      () => around([], [dense(), new Own(bare)]),
      /^net\.js: the backward of layer 2 \(Own\) failed: op "bare": backward returned .*expected an array/,
    ],
    ["a parameter that is not used", () => around([new Idle()]), /^net\.js: no gradient reaches 0\.w \(Idle\)/],
    [
      "nothing between the image and a backward",
      () => new cnn.Sequential(new Idle(), new cnn.GlobalAvgPool()),
      /^net\.js: .*requires a gradient/,
    ],
  ])("%s", async (_, build, message) => {
    await expect(attempt(build)).rejects.toThrow(message)
    gpu.endStep()
  })
})

it.each([2, 3])("a network for %i classes passes", async (count) => {
  const outputs = count === 2 ? 1 : count
  const build = () =>
    new cnn.Sequential(
      new cnn.Conv2d(1, 3, { kernel: 3 }),
      new cnn.BatchNorm2d(3),
      new Own(),
      new cnn.GlobalAvgPool(),
      new cnn.Dropout(),
      new cnn.Dense(3, outputs),
    )
  await attempt(build, ["a", "b", "c"].slice(0, count))
})
