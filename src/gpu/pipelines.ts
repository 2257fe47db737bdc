/**
 * Kernels with their pipelines: compiled all at once ahead of time, or each when it is first used;
 * then kept.
 */
import type { OpenDevice } from "./adapter.ts"
import type { Counters } from "./counters.ts"
import type { Failure } from "./failure.ts"
import { type Consts, type Interface, type Kernel, reflect, setConsts, workgroupSize } from "./kernel.ts"
import { kernelMissing, ShaderMissing } from "./shader_missing.ts"
import { isMarked, unroll } from "./unroll.ts"
import { WarmUp } from "./warm_up.ts"

/** A kernel that somebody wants. */
export interface Wanted {
  name: string
  consts: Consts
}

/** A pipeline that was made. */
export interface Compiled {
  /** The shader and its consts: `sum BLOCK=4096`. */
  kernel: string
  /**
   * Wall clock until it was ready: since it was asked for or, where that is later, since the one
   * before it was ready. So none counts what it waited for another, and all together come to the
   * time that compiling took.
   */
  milliseconds: number
}

interface Variant extends Wanted {
  kernel: Kernel
}

export class Pipelines {
  /**
   * Whether loops marked `// unroll` are written out before a kernel is compiled; tests compare
   * both.
   */
  unrolling = true
  /** All pipelines so far, in the order in which they were ready. */
  readonly compiled: Compiled[] = []
  readonly #open: OpenDevice
  readonly #failure: Failure
  readonly #counters: Counters
  readonly #warmUp: WarmUp
  /** Texts that `add` was given, by name. */
  readonly #own = new Map<string, string>()
  readonly #variants = new Map<string, Variant[]>()
  readonly #interfaces = new Map<string, Interface>()
  /** When the last pipeline was ready. */
  #ready = 0

  constructor(open: OpenDevice, failure: Failure, counters: Counters) {
    this.#open = open
    this.#failure = failure
    this.#counters = counters
    this.#warmUp = new WarmUp(open.device, failure)
  }

  /** See `Gpu.addKernel`. */
  add(name: string, code: string): void {
    if (this.#own.get(name) === code) return
    if (this.#own.has(name) || this.#open.shaderNames().includes(name))
      throw new Error(`addKernel: there is a kernel "${name}" already; choose another name`)
    reflect(name, code, `addKernel: kernel "${name}"`)
    this.#own.set(name, code)
  }

  #text(name: string): string {
    const own = this.#own.get(name)
    if (own !== undefined) return own
    try {
      return this.#open.shader(name)
    } catch (error) {
      if (this.#own.size === 0 || !(error instanceof ShaderMissing)) throw error
      throw kernelMissing(name, [...this.#own.keys()])
    }
  }

  /** What a kernel's text declares; the same whatever its consts are. */
  interfaceOf(name: string): Interface {
    const known = this.#interfaces.get(name)
    if (known) return known
    const made = reflect(name, this.#text(name))
    this.#interfaces.set(name, made)
    return made
  }

  /** Compiled at once, while the host waits, where it is not known yet. */
  get(name: string, consts: Consts): Kernel {
    const known = this.#find(name, consts)
    if (known) return known
    const { device } = this.#open
    const started = performance.now()
    const made = this.#prepare(name, consts)
    device.pushErrorScope("validation")
    const pipeline = device.createComputePipeline(made.descriptor)
    device.popErrorScope().then(async (error) => {
      if (error) this.#failure.note(await this.#compileError(name, made.module, new Error(error.message)))
    })
    return this.#keep({ name, consts, kernel: { ...made.kernel, pipeline } }, started)
  }

  /**
   * Compiles those that are not known yet, asynchronously and all at the same time.
   *
   * @param onProgress is called as each becomes ready
   * @returns those that were compiled
   */
  async compile(wanted: readonly Wanted[], onProgress: (done: number, total: number) => void): Promise<Compiled[]> {
    const missing = wanted.filter(({ name, consts }) => !this.#find(name, consts))
    const before = this.compiled.length
    const compiling: Promise<void>[] = []
    let done = 0
    for (const one of missing) {
      // Unrolling takes a moment each: in between a progress bar is drawn, a key is read.
      await nextTurn()
      const compiled = this.#compileAhead(one).then(() => onProgress(++done, missing.length))
      // All are awaited below; until then a failure is nobody's, and would end the process.
      compiled.catch(() => {})
      compiling.push(compiled)
    }
    await Promise.all(compiling)
    this.#failure.throwIfAny()
    return this.compiled.slice(before)
  }

  #find(name: string, consts: Consts): Kernel | undefined {
    return this.#variants.get(name)?.find((variant) => sameConsts(variant.consts, consts))?.kernel
  }

  async #compileAhead({ name, consts }: Wanted): Promise<void> {
    const { device, wait } = this.#open
    const started = performance.now()
    const made = this.#prepare(name, consts)
    const pipeline = await wait(device.createComputePipelineAsync(made.descriptor)).catch(async (error) => {
      throw await this.#compileError(name, made.module, error as Error)
    })
    const kernel = { ...made.kernel, pipeline }
    await this.#warmUp.dispatch(kernel)
    this.#keep({ name, consts, kernel }, started)
  }

  #prepare(name: string, consts: Consts) {
    const { device } = this.#open
    const written = setConsts(name, this.#text(name), consts)
    const face = { ...this.interfaceOf(name), workgroup: workgroupSize(written, `${name}.wgsl`) }
    const code = this.unrolling ? unroll(name, written) : written
    const module = device.createShaderModule({ code, label: code === written ? name : `${name} (unrolled)` })
    // With skip_validation Dawn aborts the process over a pipeline of a broken module; in Node the
    // error is here already.
    this.#failure.throwIfAny()
    const bindGroupLayout = this.#layout(name, face)
    const layout = device.createPipelineLayout({ label: name, bindGroupLayouts: [bindGroupLayout] })
    const descriptor: GPUComputePipelineDescriptor = { label: name, layout, compute: { module } }
    return { module, descriptor, kernel: { ...face, name, layout: bindGroupLayout } }
  }

  /**
   * All that the file declares. The layout "auto" leaves out what the code does not touch, and then
   * nothing fits.
   */
  #layout(name: string, { bindings, params, paramsBinding }: Interface): GPUBindGroupLayout {
    const visibility = GPUShaderStage.COMPUTE
    const entries: GPUBindGroupLayoutEntry[] = bindings.map(({ binding, writable }) => ({
      binding,
      visibility,
      buffer: { type: writable ? "storage" : "read-only-storage" },
    }))
    if (params.length > 0) entries.push({ binding: paramsBinding, visibility, buffer: { type: "uniform" } })
    return this.#open.device.createBindGroupLayout({ label: name, entries })
  }

  #keep({ name, consts, kernel }: Variant, started: number): Kernel {
    const variants = this.#variants.get(name) ?? []
    this.#variants.set(name, variants)
    variants.push({ name, consts, kernel })
    this.#counters.pipelines++
    const now = performance.now()
    this.compiled.push({ kernel: keyOf({ name, consts }), milliseconds: now - Math.max(started, this.#ready) })
    this.#ready = now
    return kernel
  }

  async #compileError(name: string, module: GPUShaderModule, error: Error): Promise<Error> {
    const { messages } = await module.getCompilationInfo()
    const file = this.unrolling && isMarked(this.#text(name)) ? `${name} (unrolled).wgsl` : `${name}.wgsl`
    const lines = messages.map(
      ({ type, lineNum, linePos, message }) => `${file}:${lineNum}:${linePos}: ${type}: ${message}`,
    )
    return new Error(lines.length > 0 ? lines.join("\n") : `${file}: ${error.message}`)
  }
}

/** A kernel and its consts as text: `conv2d_tile TILE=4`. */
export const keyOf = ({ name, consts }: Wanted): string =>
  Object.entries(consts).reduce((key, [constant, value]) => `${key} ${constant}=${value}`, name)

function sameConsts(a: Consts, b: Consts): boolean {
  for (const key in a) if (a[key] !== b[key]) return false
  for (const key in b) if (!(key in a)) return false
  return true
}

/** Lets timers, input and output have their turn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
