/**
 * A reference network in jax-js: one jitted function from weights and Adam's moments to the next
 * ones. A call uses up its arguments; `.ref` keeps one for another use.
 */
import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax"

const SAME = [
  [1, 1],
  [1, 1],
]

const conv = (x, w, b) => lax.conv(x, w, [1, 1], SAME).add(b.reshape([1, -1, 1, 1]))
const maxPool = (x) => lax.reduceWindow(x, np.max, [2, 2], [2, 2])
const dense = (x, w, b) => np.dot(x, w.transpose()).add(b)

function forward(net, p, x) {
  let h = x
  for (let i = 1; i <= net.channels.length; i++) h = maxPool(nn.relu(conv(h, p[`conv${i}.weight`], p[`conv${i}.bias`])))
  h = nn.relu(dense(h.reshape([h.shape[0], -1]), p["fc1.weight"], p["fc1.bias"]))
  return dense(h, p["fc2.weight"], p["fc2.bias"]).reshape([-1])
}

/** max(z, 0) - z y + log(1 + exp(-|z|)), the mean. */
function bce(z, y) {
  const tail = np.log(np.exp(np.abs(z.ref).neg()).add(1))
  return nn.relu(z.ref).sub(z.mul(y)).add(tail).mean()
}

export async function start(_found, net, { weights, x, y }, { lr, betas: [b1, b2], eps }) {
  if (!(await init("webgpu")).includes("webgpu")) throw new Error("jax-js has no WebGPU")
  defaultDevice("webgpu")
  const array = ({ shape, data }) => np.array(data).reshape([...shape])
  const images = array(x)
  const labels = array(y)
  let p = Object.fromEntries([...weights].map(([name, value]) => [name, array(value)]))
  const zeros = () => tree.map((value) => np.zeros(value.shape), p)
  let [m, v] = [zeros(), zeros()]

  const lossOf = (params, images, labels) => bce(forward(net, params, images), labels)
  /** Adam as PyTorch has it, with its step size and the root of its second correction given. */
  const update = jit((p, m, v, stepSize, scale, images, labels) => {
    const [loss, g] = valueAndGrad(lossOf)(tree.ref(p), images, labels)
    const next = { p: {}, m: {}, v: {} }
    for (const name in p) {
      const mean = m[name].mul(b1).add(g[name].ref.mul(1 - b1))
      const square = v[name].mul(b2).add(np.square(g[name]).mul(1 - b2))
      const root = np.sqrt(square.ref).mul(scale.ref).add(eps)
      next.p[name] = p[name].sub(mean.ref.div(root).mul(stepSize.ref))
      next.m[name] = mean
      next.v[name] = square
    }
    stepSize.dispose()
    scale.dispose()
    return { loss, ...next }
  })

  let steps = 0
  function step() {
    steps++
    const stepSize = np.array(new Float32Array([lr / (1 - b1 ** steps)]))
    const scale = np.array(new Float32Array([1 / Math.sqrt(1 - b2 ** steps)]))
    const next = update(p, m, v, stepSize, scale, images.ref, labels.ref)
    ;({ p, m, v } = next)
    return next.loss
  }

  async function train(steps) {
    for (let i = 1; i < steps; i++) step().dispose()
    return (await step().data())[0]
  }
  return { first: () => train(1), train }
}
