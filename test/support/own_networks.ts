/** Files that define a network, as a user writes them. */
import { readFileSync } from "node:fs"

/** The built-in network small: its own source, as one file that imports "cnn" alone. */
export function smallAsFile(): string {
  const text = readFileSync(new URL("../../dist/src/models/small.js", import.meta.url), "utf8")
  const names = [...text.matchAll(/^import \{ (.*) \} from .*$/gm)].map(([, some]) => some).join(", ")
  const body = text.replace(/^import .*\n/gm, "").replace("export const small =", "export default")
  return `import { ${names} } from "cnn"\n${body}`
}

const shader = (bindings: string[], body: string) => `
struct Params { n: u32 }
${bindings.map((binding, i) => `@group(0) @binding(${i}) ${binding}`).join("\n")}
@group(0) @binding(${bindings.length}) var<uniform> params: Params;
const SIZE: u32 = 64u;
@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * SIZE;
  if (i >= params.n) { return; }
  ${body}
}`
const read = (name: string) => `var<storage, read> ${name}: array<f32>;`
const written = (name: string) => `var<storage, read_write> ${name}: array<f32>;`

/** A network with a layer of its own, Swish: y = x sigmoid(x), with its kernels in the file. */
export const SWISH = `
import { constant, Conv2d, Dense, defineNetwork, Flatten, MaxPool2d, Module, op, Sequential } from "cnn"

const FORWARD = ${JSON.stringify(shader([read("x"), written("y")], "y[i] = x[i] / (1.0 + exp(-x[i]));"))}
const BACKWARD = ${JSON.stringify(
  shader(
    [read("x"), read("dy"), written("dx")],
    "let s = 1.0 / (1.0 + exp(-x[i])); dx[i] = dy[i] * s * (1.0 + x[i] * (1.0 - s));",
  ),
)}
const swish = op("swish", {
  forward(x) {
    const y = x.gpu.empty(x.shape)
    x.gpu.run("swish", { x, y }, { n: x.size }, [x.size])
    return y
  },
  backward(dy, _y, x) {
    const dx = x.gradient()
    x.gpu.run("swish_backward_input", { x, dy, dx }, { n: x.size }, [x.size])
    return [dx]
  },
})
class Swish extends Module {
  kernels() { return { swish: FORWARD, swish_backward_input: BACKWARD } }
  forward(x) { return swish(x) }
}
export default defineNetwork({
  size: 16,
  build: (size, outputs) => new Sequential(
    new Conv2d(1, 4, { kernel: 3, padding: 1 }), new Swish(), new MaxPool2d({ kernel: 2 }), new Flatten(),
    new Dense(4 * (size >> 1) ** 2, outputs),
  ),
})
`

/** A network of one dense layer, behind `layers`, which keep the shape; `code` defines them. */
export const dense = (layers: string, code = "", options = "size: 16") => `
import { constant, Dense, defineNetwork, Flatten, heNormal, maxPool2d, Module, mul, op, Sequential } from "cnn"
${code}
export default defineNetwork({ ${options}, build(size, outputs) {
  return new Sequential(${layers}new Flatten(), new Dense(size ** 2, outputs))
} })
`
