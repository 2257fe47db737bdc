/** A reference network in this project. */
import { BATCH, build } from "../../dist/bench/refnet.js"
import { openAdapter } from "../../dist/src/gpu/device.js"
import { Adam, bceWithLogits } from "../../dist/src/index.js"
import { TensorGpu } from "../../dist/src/tensor/tensor_gpu.js"

export async function start(found, net, { weights, x, y }, { lr, betas, eps }) {
  const gpu = new TensorGpu(await openAdapter(found))
  const model = build(net).to(gpu)
  model.loadStateDict(weights)
  const adam = new Adam(model.parameters(), { lr, betas, eps })
  const images = gpu.persistent(x.shape, x.data)
  const labels = gpu.persistent([BATCH, 1], y.data)

  function body() {
    const loss = bceWithLogits(model.forward(images), labels)
    loss.backward()
    adam.step()
    return loss
  }

  let recording
  /**
   * Recorded once, then replayed: what jax-js's jit does for its step. @returns the loss before the
   * update
   */
  function step() {
    if (recording) return recording.replay()
    recording = gpu.record(body)
    return recording.result
  }

  /** So many updates. @returns the loss before the last of them */
  async function train(steps) {
    for (let i = 1; i < steps; i++) {
      step()
      gpu.endStep()
      await gpu.pace()
    }
    const loss = step()
    const [value] = await loss.read()
    gpu.endStep()
    return value
  }

  return {
    async first() {
      await gpu.compile(body)
      return train(1)
    },
    train,
  }
}
