/**
 * Fractures on drawn radiographs, learned and tested. Run: npm run build && node
 * dist/examples/phantom.js [EPOCHS]
 */
import * as cnn from "cnn"

const [EPOCHS, BATCH, SIZE] = [Number(process.argv[2] ?? 12), 16, 80]
const { pixels, labels } = cnn.phantom({ count: 480, seed: 0, size: SIZE })
const test = [...labels.keys()].filter((i) => i % 5 === 0)
const train = [...labels.keys()].filter((i) => i % 5 !== 0)

const gpu = await cnn.openGpu()
const block = (from: number, to: number, kernel = 3, stride = 1) => [
  new cnn.Conv2d(from, to, { kernel, stride, padding: (kernel - 1) / 2, bias: false }),
  new cnn.BatchNorm2d(to),
  new cnn.ReLU(),
]
const model = new cnn.Sequential(
  ...[...block(1, 8, 5, 2), new cnn.MaxPool2d({ kernel: 2 })],
  ...[...block(8, 16), new cnn.MaxPool2d({ kernel: 2 })],
  ...[...block(16, 32), new cnn.MaxPool2d({ kernel: 2 })],
  ...[...block(32, 64), new cnn.GlobalAvgPool(), new cnn.Dense(64, 1)],
).to(gpu)
const steps = train.length / BATCH
const rate = cnn.schedules.oneCycle(0.01, { total: EPOCHS * steps })
const adam = new cnn.Adam(model.parameters(), { lr: 0.01 })

const logitsOf = (images: number[]) => {
  const x = new Float32Array(images.length * SIZE ** 2)
  for (const [k, i] of images.entries()) x.set(pixels.subarray(i * SIZE ** 2, (i + 1) * SIZE ** 2), k * SIZE ** 2)
  const gray = x.map((value) => (value - 80) / 50)
  return model.forward(gpu.tensor([images.length, 1, SIZE, SIZE], gray, { requiresGrad: false }))
}

const shuffle = (all: number[]) => {
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[all[i], all[j]] = [all[j], all[i]]
  }
}

for (let step = 0; step < EPOCHS * steps; step++) {
  if (step % steps === 0) shuffle(train)
  const images = train.slice((step % steps) * BATCH, ((step % steps) + 1) * BATCH)
  const targets = gpu.tensor(
    [BATCH, 1],
    images.map((i) => labels[i]),
    { requiresGrad: false },
  )
  const loss = cnn.bceWithLogits(logitsOf(images), targets)
  loss.backward()
  adam.lr = rate(step)
  adam.step()
  if ((step + 1) % steps === 0) console.log(`epoch ${(step + 1) / steps}: loss ${(await loss.read())[0].toFixed(3)}`)
  gpu.endStep()
}

model.eval()
const logits = await gpu.noGrad(() => logitsOf(test)).read()
const right = test.filter((i, k) => logits[k] > 0 === (labels[i] === 1)).length
console.log(`accuracy ${((100 * right) / test.length).toFixed(1)} % of ${test.length} images not seen before`)
gpu.close()
