/**
 * A reference network in TensorFlow.js, which wants channels last: weights and batch are turned
 * once, before the first step.
 */
import * as tf from "@tensorflow/tfjs-core"
import "@tensorflow/tfjs-backend-webgpu"
// Its build for Node is what registers the gradients of core's ops.
import "@tensorflow/tfjs-layers"

export async function start(_found, net, { weights, x, y }, { lr, betas: [b1, b2], eps }) {
  await tf.setBackend("webgpu")
  const given = ({ shape, data }) => tf.tensor(data, [...shape])
  const images = tf.transpose(given(x), [0, 2, 3, 1])
  const labels = given(y)
  const side = net.size / 2 ** net.channels.length

  function turned(name, value) {
    if (/^conv.*weight/.test(name)) return tf.transpose(given(value), [2, 3, 1, 0])
    if (name === "fc2.weight") return tf.transpose(given(value))
    if (name !== "fc1.weight") return given(value)
    // PyTorch flattens (C,H,W); here pixels come as (H,W,C).
    const maps = tf.reshape(given(value), [net.hidden, -1, side, side])
    return tf.reshape(tf.transpose(maps, [2, 3, 1, 0]), [-1, net.hidden])
  }

  const p = Object.fromEntries(
    [...weights].map(([name, value]) => [name, tf.variable(turned(name, value), true, name)]),
  )

  const dense = (h, name) => tf.add(tf.matMul(h, p[`${name}.weight`]), p[`${name}.bias`])

  function loss() {
    let h = images
    for (let i = 1; i <= net.channels.length; i++) {
      h = tf.relu(tf.add(tf.conv2d(h, p[`conv${i}.weight`], 1, "same"), p[`conv${i}.bias`]))
      h = tf.maxPool(h, 2, 2, "valid")
    }
    h = tf.relu(dense(tf.reshape(h, [x.shape[0], -1]), "fc1"))
    return tf.losses.sigmoidCrossEntropy(labels, tf.reshape(dense(h, "fc2"), y.shape))
  }

  const adam = tf.train.adam(lr, b1, b2, eps)
  const step = () => adam.minimize(loss, true)

  async function train(steps) {
    for (let i = 1; i < steps; i++) step().dispose()
    const cost = step()
    const [value] = await cost.data()
    cost.dispose()
    return value
  }
  return { first: () => train(1), train }
}
