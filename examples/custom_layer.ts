/**
 * A layer of your own: softplus, y = log(1 + exp(x)), and dx = dy * sigmoid(x), in two kernels. Its
 * gradient is checked, then a network with it learns. In a file that exports defineNetwork({ ...
 * }), `npx cnn train --model FILE` trains such a layer on images: docs/networks.md. Run: npm run
 * build && node dist/examples/custom_layer.js
 *
 * C. Dugas et al., Incorporating Second-Order Functional Knowledge for Better Option Pricing, NIPS
 * 2000
 */
import { Adam, add, Dense, gradcheck, Module, mean, mul, op, openGpu, Sequential, type Tensor } from "cnn"

const FORWARD = /* wgsl */ `
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  // exp of a number that is never above 0 cannot overflow.
  y[i] = max(x[i], 0.0) + log(1.0 + exp(-abs(x[i])));
}`

const BACKWARD = /* wgsl */ `
struct Params { n: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const SIZE: u32 = 64u;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  dx[i] = dy[i] / (1.0 + exp(-x[i]));
}`

const softplus = op("softplus", {
  forward(x: Tensor) {
    const y = x.gpu.empty(x.shape)
    x.gpu.run("softplus", { x, y }, { n: x.size }, [x.size])
    return y
  },
  backward(dy, _y, x) {
    const dx = x.gradient()
    x.gpu.run("softplus_backward_input", { x, dy, dx }, { n: x.size }, [x.size])
    return [dx]
  },
})

class Softplus extends Module {
  override kernels() {
    return { softplus: FORWARD, softplus_backward_input: BACKWARD }
  }
  override forward(x: Tensor): Tensor {
    return softplus(x)
  }
}

const gpu = await openGpu()
const model = new Sequential(new Dense(1, 16), new Softplus(), new Dense(16, 1)).to(gpu, { seed: 1 })

// Against float64: forward, and every element of the gradient. More elements than a workgroup has
// threads.
await gradcheck(gpu, {
  name: "softplus",
  inputs: { x: { shape: [3, 47] } },
  op: softplus,
  reference: ({ shape, data }) => ({ shape, data: data.map((x) => Math.log(1 + Math.exp(x))) }),
  terms: 1,
})
console.log("softplus: forward and gradient agree with float64")

// y = x^2 between -2 and 2.
const adam = new Adam(model.parameters(), { lr: 0.02 })
const points = Array.from({ length: 64 }, (_, i) => (i - 31.5) / 16)
for (let step = 0; step <= 300; step++) {
  const x = gpu.tensor([64, 1], points, { requiresGrad: false })
  const negative = gpu.tensor(
    [64, 1],
    points.map((value) => -(value ** 2)),
    { requiresGrad: false },
  )
  const off = add(model.forward(x), negative)
  const loss = mean(mul(off, off))
  loss.backward()
  adam.step()
  if (step % 100 === 0) console.log(`step ${step}: loss ${(await loss.read())[0].toFixed(4)}`)
  gpu.endStep()
}
gpu.close()
