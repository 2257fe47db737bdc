/**
 * The same networks, weights and batch as PyTorch computed in float64, step by step. The tolerances are what float32
 * can be held to (PyTorch's own float32 leaves its float64 later on). The numbers are large and lie beside the
 * project; where they are absent these tests skip.
 */
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { build, type RefNet, refNetM, refNetS } from "../bench/refnet.ts"
import { bceWithLogits, type Sequential, type Tensor } from "../src/index.ts"
import { Adam } from "../src/optim/adam.ts"
import { readSafetensors } from "../src/train/safetensors.ts"
import { openForTests } from "./open.ts"

const folder = new URL("../../shared/parity/", import.meta.url)
const gpu = await openForTests()
const betas = [0.9, 0.999] as const
const eps = 1e-7

interface Truth {
  loss_f64: number[]
  gentle: { lr: number; loss_f64: number[] }
  logits0_f64: number[]
  grad0: { name: string; l2: number; absmax: number; first8: number[] }[]
  params_after_10: { name: string; l2: number; first8: number[] }[]
}

/** A network with PyTorch's first weights, and a function that does one training step. */
function start(net: RefNet, lr: number) {
  const file = net.name.toLowerCase()
  const { tensors } = readSafetensors(readFileSync(new URL(`${file}.init.safetensors`, folder)))
  const model = build(net).to(gpu)
  model.loadStateDict(new Map([...tensors].filter(([name]) => !name.startsWith("batch."))))
  const adam = new Adam(model.parameters(), { lr, betas, eps })
  const images = tensors.get("batch.x")!
  const labels = tensors.get("batch.y")!
  const forward = () => {
    const x = gpu.tensor(images.shape, images.data, { requiresGrad: false })
    const logits = model.forward(x)
    const loss = bceWithLogits(logits, gpu.tensor([labels.data.length, 1], labels.data, { requiresGrad: false }))
    loss.backward()
    return { logits, loss }
  }
  const step = async () => {
    const { loss } = forward()
    adam.step()
    const [value] = await loss.read()
    gpu.endStep()
    return value
  }
  return { model, forward, step }
}

const truthOf = ({ name }: RefNet): Truth =>
  JSON.parse(readFileSync(new URL(`${name.toLowerCase()}.json`, folder), "utf8"))

async function follows(step: () => Promise<number>, losses: number[], steps: number) {
  for (let i = 0; i < steps; i++) {
    const loss = await step()
    expect(Math.abs(loss - losses[i]) / losses[i], `step ${i}: loss ${loss}, PyTorch ${losses[i]}`).toBeLessThan(1e-4)
  }
}

const readAll = async (model: Sequential, what: (parameter: Tensor) => Tensor) =>
  new Map(await Promise.all(model.parameters().map(async (p) => [p.name, await what(p).read()] as const)))

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))

describe.skipIf(!existsSync(folder))("parity with PyTorch", () => {
  it.each([
    { net: refNetS, gentle: 50 },
    { net: refNetM, gentle: 20 },
  ])(
    "$net.name: logits and gradients of step 0, loss curves, parameters after 10 steps",
    async ({ net, gentle }) => {
      const truth = truthOf(net)
      const first = start(net, 1e-3)
      const { logits } = first.forward()
      const values = await logits.read()
      values.forEach((value, i) => {
        expect(Math.abs(value - truth.logits0_f64[i])).toBeLessThan(1e-4 * Math.max(1, Math.abs(truth.logits0_f64[i])))
      })
      const gradients = await readAll(first.model, (parameter) => parameter.grad!)
      gpu.endStep()
      for (const { name, l2, absmax, first8 } of truth.grad0) {
        const gradient = gradients.get(name)!
        first8.forEach((value, i) => {
          expect(Math.abs(gradient[i] - value), `d${name}[${i}]`).toBeLessThan(1e-4 * absmax)
        })
        expect(Math.abs(norm(gradient) - l2) / l2, `norm of d${name}`).toBeLessThan(1e-4)
      }
      await follows(first.step, truth.loss_f64, 10)
      const after = await readAll(first.model, (parameter) => parameter)
      for (const { name, l2, first8 } of truth.params_after_10) {
        const values = after.get(name)!
        // Adam divides a gradient by its own size: where that is near eps, float32 and float64 part by up to lr a step.
        first8.forEach((value, i) => {
          expect(Math.abs(values[i] - value), `${name}[${i}] after 10 steps`).toBeLessThan(1e-3)
        })
        expect(Math.abs(norm(values) - l2) / l2, `norm of ${name} after 10 steps`).toBeLessThan(1e-4)
      }
      await follows(start(net, truth.gentle.lr).step, truth.gentle.loss_f64, gentle)
    },
    600_000,
  )

  it("RefNet-S: every element of the step-0 gradients", async () => {
    const { tensors } = readSafetensors(readFileSync(new URL("refnet-s.truth.safetensors", folder)))
    const { model, forward } = start(refNetS, 1e-3)
    forward()
    const gradients = await readAll(model, (parameter) => parameter.grad!)
    gpu.endStep()
    for (const [name, gradient] of gradients) {
      const { data } = tensors.get(`grad0.${name}`)!
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      gradient.forEach((value, i) => {
        if (Math.abs(value - data[i]) > 1e-4 * largest)
          throw new Error(`d${name}[${i}] is ${value}, PyTorch ${data[i]}`)
      })
    }
  })
})
