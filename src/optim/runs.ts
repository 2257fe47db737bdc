import type { Bound } from "../gpu/bind_groups.ts"
import { ALIGN, type Parameter, type ParameterPack } from "../tensor/parameters.ts"

/**
 * Neighbouring parameters of a pack that all have a gradient: what one dispatch can update, or a
 * part where that would take long (src/tensor/rows.ts). Floats; `length` is a multiple of 4, since
 * kernels load four at a time, and what lies behind a parameter in the pack is zero.
 */
export interface Run {
  pack: ParameterPack
  offset: number
  length: number
  values: Bound
  grads: Bound
}

const made = new WeakMap<ParameterPack, Map<string, Run>>()

/**
 * The parameters that the current step's backward has reached, in as few runs as their places and
 * number allow: mostly one.
 */
export function runs(parameters: readonly Parameter[]): Run[] {
  const out: { pack: ParameterPack; first: Parameter; last: Parameter }[] = []
  const wanted = new Set(parameters.filter((parameter) => parameter.requiresGrad && parameter.hasGradient))
  for (const pack of new Set(parameters.map((parameter) => parameter.pack))) {
    let open = false
    for (const parameter of pack.list) {
      if (!wanted.has(parameter)) open = false
      else if (open) out[out.length - 1].last = parameter
      else {
        out.push({ pack, first: parameter, last: parameter })
        open = true
      }
    }
  }
  return out.flatMap(({ pack, first, last }) => {
    const length = Math.ceil((last.offset + last.size - first.offset) / 4) * 4
    const most = Math.ceil(pack.gpu.mostNumbers / ALIGN) * ALIGN
    const starts = Array.from({ length: Math.ceil(length / most) }, (_, i) => i * most)
    return starts.map((start) => run(pack, first.offset + start, Math.min(most, length - start)))
  })
}

/** The same object for the same place, so that bind groups made for it fit again. */
function run(pack: ParameterPack, offset: number, length: number): Run {
  const known = made.get(pack) ?? new Map<string, Run>()
  made.set(pack, known)
  const key = `${offset} ${length}`
  const old = known.get(key)
  if (old) return old
  const part = (slice: ParameterPack["values"]): Bound => ({
    slice: pack.gpu.arena.part(slice, offset * 4, length * 4),
  })
  const fresh = { pack, offset, length, values: part(pack.values), grads: part(pack.grads) }
  known.set(key, fresh)
  return fresh
}
