/**
 * Invocations of a workgroup that share memory need a barrier between one's write and another's
 * read. A software adapter runs them in an order in which a missing one may go unnoticed; so here
 * an interpreter runs each kernel in lockstep and watches every access. And it must notice each
 * barrier that is taken out.
 */
import { describe, expect, it } from "vitest"
import { detectRaces } from "wgsl_reflect/wgsl_reflect.module.js"
import { type Consts, reflect, setConsts } from "../../src/gpu/kernel.ts"
import { shader as read, shaderNames } from "../../src/gpu/shader_files.ts"

interface Dispatch {
  params: Record<string, number>
  /** Small, for the interpreter is slow. */
  consts?: Consts
  /** Workgroups, 1 unless given. */
  groups?: number
}

const block = { SIZE: 64, BM: 16, BN: 16, BK: 8, TM: 2, TN: 2 }
// No padding: the interpreter does not wrap unsigned products.
const conv2d = { n: 1, c: 2, h: 5, w: 5, o: 3, oh: 3, ow: 3, stride: 1, padding: 0 }
const channels = { n: 2, c: 2, pixels: 9, images: 1 }

const DISPATCHES: Record<string, Dispatch> = {
  batch_norm2d_backward_slice: { params: { ...channels, eps: 0.1 } },
  batch_norm2d_relu_max_pool2d_backward_slice: { params: { ...channels, oh: 3, ow: 3, eps: 0.1 } },
  batch_norm2d_slice: { params: channels },
  conv2d_backward_bias: { params: { n: 2, o: 2, pixels: 9 } },
  conv2d_backward_input_gemm: { params: conv2d, consts: block, groups: 2 },
  conv2d_backward_weight_depthwise: {
    params: { n: 1, c: 2, h: 5, w: 5, oh: 3, ow: 3, padding: 0, splits: 1, first_channels: 0, first_split: 0 },
    consts: { SIZE: 4, TI: 1, TJ: 1 },
  },
  conv2d_backward_weight_gemm: { params: { ...conv2d, splits: 2, first_split: 0 }, consts: block, groups: 4 },
  conv2d_backward_weight_sum_wide: { params: { splits: 3, dw: 17, o: 3 }, groups: 2 },
  conv2d_gemm: { params: conv2d, consts: block },
  dense: { params: { n: 3, o: 5, f: 70 } },
  gemm: { params: { m: 17, n: 18, k: 19 }, consts: block, groups: 4 },
  grad_norm_parts: { params: { n: 70, first: 0 } },
  softmax_cross_entropy: { params: { n: 3, classes: 4 } },
  sum: { params: { n: 70, scale: 1 } },
}

/**
 * Loads by functions of the shader's own are beside the point, and too much for the interpreter.
 */
const withoutLoads = (code: string) =>
  code.replaceAll(/^fn (load\w*\(.*\) -> f32) \{[\s\S]*?\n(?=\n|fn|@)/gm, "fn $1 { return 1.0; }\n")

function races(name: string, code: string): string[] {
  const { params: given, consts = {}, groups = 1 } = DISPATCHES[name]
  const written = setConsts(name, code, consts)
  const { bindings, params, paramsBinding } = reflect(name, written)
  const uniform = new DataView(new ArrayBuffer(Math.ceil(params.length / 4) * 16))
  params.forEach(({ name, type }, i) => {
    if (type === "f32") uniform.setFloat32(i * 4, given[name], true)
    else uniform.setUint32(i * 4, given[name], true)
  })
  const memory = Object.fromEntries(bindings.map(({ binding }) => [binding, new Float32Array(2000)]))
  const group = { ...memory, [paramsBinding]: { uniform: new Uint32Array(uniform.buffer) } }
  const found = detectRaces(withoutLoads(written), "main", [groups, 1, 1], { 0: group })
  expect(found.errors).toEqual([])
  return found.races.map(({ message }) => message)
}

const BARRIER = "workgroupBarrier();"
const barriers = Object.keys(DISPATCHES).flatMap((name) => {
  const parts = read(name).split(BARRIER)
  return parts.slice(1).map((_, i) => {
    const code = [parts.slice(0, i + 1).join(BARRIER), parts.slice(i + 1).join(BARRIER)].join("")
    return { name, which: i + 1, of: parts.length - 1, code }
  })
})

describe("shared memory", () => {
  it.each(Object.keys(DISPATCHES))("of %s is written and read in order", (name) => {
    expect(races(name, read(name))).toEqual([])
  })

  it.each(barriers)("of $name is not, without barrier $which of $of", ({ name, code }) => {
    expect(races(name, code)).not.toEqual([])
  })

  it("is checked in every kernel that has some", () => {
    const sharing = shaderNames().filter((name) => read(name).includes("var<workgroup>"))
    expect(sharing.sort()).toEqual(Object.keys(DISPATCHES).sort())
  })
})
