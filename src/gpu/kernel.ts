/**
 * A shader file as a kernel. What the host must know is read from the file itself: bindings,
 * params, workgroup size. So each is declared once, in WGSL.
 *
 * Conventions of a shader file: one entry point `main`; storage bindings and at most one uniform
 * struct `params` of 32-bit scalars, all in group 0; whatever is tuned or fixed by shape is a line
 * `const NAME: u32 = 8u;`, which the host may set by name. A kernel that is dispatched over one
 * dimension must work out its index as `id.x + id.y * groups.x * SIZE` (num_workgroups), because
 * over 65,535 workgroups are folded into y.
 */
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js"

export type Consts = Readonly<Record<string, number | boolean>>
type Scalar = "u32" | "i32" | "f32"

interface Binding {
  name: string
  binding: number
  writable: boolean
}

/** What a shader's text declares. */
export interface Interface {
  bindings: Binding[]
  params: { name: string; type: Scalar }[]
  paramsBinding: number
  workgroup: [number, number, number]
  /** Whether the kernel finds its index also when one dimension was folded into two. */
  folds: boolean
}

export interface Kernel extends Interface {
  name: string
  layout: GPUBindGroupLayout
  pipeline: GPUComputePipeline
}

/** The types of a file's const lines, by name. */
export const declaredConsts = (code: string): Record<string, string> =>
  Object.fromEntries([...code.matchAll(/^const (\w+): (\w+) = /gm)].map(([, name, type]) => [name, type]))

/**
 * The text with its `const NAME: T = value;` lines set; throws for a name that the file does not
 * declare.
 */
export function setConsts(name: string, code: string, consts: Consts): string {
  let out = code
  for (const [key, value] of Object.entries(consts)) {
    const line = new RegExp(`^const ${key}: (u32|i32|f32|bool) = [^;]+;`, "m")
    if (!line.test(out)) {
      const declared = Object.keys(declaredConsts(code)).join(", ") || "none"
      throw new Error(`${name}.wgsl: no const ${key}; it declares ${declared}`)
    }
    out = out.replace(line, (_, type: string) => `const ${key}: ${type} = ${literal(value, type)};`)
  }
  return out
}

function literal(value: number | boolean, type: string): string {
  if (type === "u32") return `${value}u`
  if (type === "f32") return Number.isInteger(value) ? `${value}.0` : `${value}`
  return `${value}`
}

/**
 * Reads bindings, params and workgroup size from WGSL text.
 *
 * @param place what an error's message begins with
 */
export function reflect(name: string, code: string, place = `${name}.wgsl`): Interface {
  const found = parse(place, code)
  const entry = found.entry.compute
  if (entry.length !== 1) throw new Error(`${place}: expected one @compute entry point, found ${entry.length}`)
  const uniform = found.uniforms[0]
  const members = (uniform?.members ?? []) as { name: string; type: { name: string } }[]
  return {
    bindings: found.storage.map(({ name, binding, access }) => ({ name, binding, writable: access === "read_write" })),
    params: members.map(({ name: param, type }) => ({ name: param, type: scalar(place, param, type.name) })),
    paramsBinding: uniform?.binding ?? -1,
    workgroup: workgroupSize(code, place),
    folds: code.includes("num_workgroups"),
  }
}

function parse(place: string, code: string): WgslReflect {
  try {
    return new WgslReflect(code)
  } catch (error) {
    // "Expected ')'.. Line: 2"
    const message = String((error as Error).message ?? error).replaceAll(/\.\.+/g, ".")
    throw new Error(`${place}: ${message}`)
  }
}

function scalar(place: string, param: string, type: string): Scalar {
  if (type === "u32" || type === "i32" || type === "f32") return type
  throw new Error(`${place}: params.${param} is ${type}; params are u32, i32 or f32`)
}

/** The size that WGSL text gives its entry point, whose words may be const lines of the text. */
export function workgroupSize(code: string, place: string): [number, number, number] {
  const attribute = /@workgroup_size\(([^)]*)\)/.exec(code)
  if (!attribute) throw new Error(`${place}: no @workgroup_size`)
  const sizes = attribute[1].split(",").map((word) => {
    const constant = new RegExp(`^const ${word.trim()}: u32 = (\\d+)u;`, "m").exec(code)
    const value = Number.parseInt(constant?.[1] ?? word, 10)
    if (!value) throw new Error(`${place}: @workgroup_size(${attribute[1]}): ${word.trim()} is no number or const`)
    return value
  })
  return [sizes[0], sizes[1] ?? 1, sizes[2] ?? 1]
}

/**
 * Workgroups for so many threads. One dimension over the limit is folded into y.
 *
 * @throws when a dimension needs more workgroups than the adapter has.
 */
export function workgroups(kernel: Kernel, threads: readonly number[], limit: number): [number, number, number] {
  const groups = [0, 1, 2].map((axis) => Math.max(1, Math.ceil((threads[axis] ?? 1) / kernel.workgroup[axis])))
  if (threads.length === 1 && groups[0] > limit && kernel.folds) {
    groups[1] = Math.ceil(groups[0] / limit)
    groups[0] = Math.ceil(groups[0] / groups[1])
  }
  const over = groups.findIndex((count) => count > limit)
  if (over >= 0) {
    throw new Error(
      `${kernel.name}: ${threads.join(" x ")} threads need ${groups.join(" x ")} workgroups, ` +
        `this adapter allows ${limit} per dimension; use a smaller batch or image`,
    )
  }
  return groups as [number, number, number]
}
