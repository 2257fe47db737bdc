/**
 * A residual block, y = x + conv2d(relu(conv2d(x, w1)), w2): the gradient has a way past what the
 * block computes. The gradient of these ops is checked, as you would check a block of your own,
 * then a network of such blocks learns. Run: npm run build && node dist/examples/residual.js
 * [STEPS]
 *
 * K. He et al., Identity Mappings in Deep Residual Networks, 2016, https://arxiv.org/abs/1603.05027
 */
import * as cnn from "cnn"

const SAME = { kernel: 3, padding: 1, bias: false }

/** As ops. */
const residual = (x: cnn.Tensor, w1: cnn.Tensor, w2: cnn.Tensor) =>
  cnn.add(x, cnn.conv2d(cnn.relu(cnn.conv2d(x, w1, undefined, SAME)), w2, undefined, SAME))

/** As a layer, which has weights. */
const block = (channels: number) => {
  const convolution = () => new cnn.Conv2d(channels, channels, SAME)
  return new cnn.Residual(new cnn.Sequential(convolution(), new cnn.ReLU(), convolution()))
}

/** A 3x3 convolution with padding 1 in float64. x [N,C,H,W]  w [O,C,3,3]  y [N,O,H,W] */
function convolved(x: cnn.Plain, w: cnn.Plain): cnn.Plain {
  const [[n, c, height, width], [o]] = [x.shape, w.shape]
  const y = new Float64Array(n * o * height * width)
  for (let at = 0; at < y.length; at++) {
    const [j, i] = [at % width, Math.floor(at / width) % height]
    const [k, image] = [Math.floor(at / (width * height)) % o, Math.floor(at / (width * height * o))]
    for (let term = 0; term < c * 9; term++) {
      const [q, p, channel] = [j + (term % 3) - 1, i + (Math.floor(term / 3) % 3) - 1, Math.floor(term / 9)]
      if (p < 0 || q < 0 || p >= height || q >= width) continue
      y[at] += w.data[k * c * 9 + term] * x.data[((image * c + channel) * height + p) * width + q]
    }
  }
  return { shape: [n, o, height, width], data: y }
}

const gpu = await cnn.openGpu()

// Against central differences in float64: the output, and every element of three gradients.
await cnn.gradcheck(gpu, {
  name: "residual",
  inputs: { x: { shape: [2, 3, 5, 4] }, w1: { shape: [3, 3, 3, 3] }, w2: { shape: [3, 3, 3, 3] } },
  op: residual,
  reference(x, w1, w2) {
    const hidden = convolved(x, w1)
    const added = convolved({ ...hidden, data: hidden.data.map((value) => Math.max(0, value)) }, w2)
    return { ...x, data: x.data.map((value, i) => value + added.data[i]) }
  },
  terms: 27 * 27,
})
console.log("residual: forward and gradients agree with float64")

// Fractures on drawn radiographs, all in one batch.
const { pixels, labels } = cnn.phantom({ count: 32, seed: 0, size: 32 })
const model = new cnn.Sequential(
  ...[new cnn.Conv2d(1, 8, { kernel: 3, stride: 2, padding: 1 }), block(8), block(8)],
  ...[new cnn.ReLU(), new cnn.GlobalAvgPool(), new cnn.Dense(8, 1)],
).to(gpu, { seed: 1 })
const adam = new cnn.Adam(model.parameters(), { lr: 0.01 })
const gray = Float32Array.from(pixels, (value) => (value - 80) / 50)
const steps = Number(process.argv[2] ?? 100)
for (let step = 0; step <= steps; step++) {
  const x = gpu.tensor([32, 1, 32, 32], gray, { requiresGrad: false })
  const loss = cnn.bceWithLogits(model.forward(x), gpu.tensor([32, 1], labels, { requiresGrad: false }))
  loss.backward()
  adam.step()
  if (step % 25 === 0) console.log(`step ${step}: loss ${(await loss.read())[0].toFixed(4)}`)
  gpu.endStep()
}
gpu.close()
