/**
 * The GPU as five verbs: run a kernel by name, flush, read, write, end the step. Knows buffers and kernels, neither
 * tensors nor gradients. Commands are collected in one compute pass and submitted by `flush`; nothing waits but
 * what is async: read, done, pace, compile, takeTrace.
 */
import type { AdapterInfo, OpenDevice } from "./adapter.ts"
import { Arena, type Slice } from "./arena.ts"
import { type Consts, type Interface, type Kernel, reflect, setConsts, workgroups } from "./kernel.ts"
import { type Timing, Trace } from "./trace.ts"
import { isMarked, unroll } from "./unroll.ts"

/** Whatever lies in a buffer: a tensor, a parameter's gradient, an optimiser's state. */
export interface Bound {
  readonly slice: Slice
}

type Params = Readonly<Record<string, number>>

export class Gpu {
  readonly adapter: AdapterInfo
  readonly device: GPUDevice
  readonly arena: Arena
  /** How many of each were made since the device was opened; a steady step adds dispatches and submits only. */
  readonly counters = { dispatches: 0, submits: 0, bindGroups: 0, pipelines: 0, uniforms: 0, readbacks: 0, stagings: 0 }
  /** The number of the current step, from 0. */
  step = 0
  /** Whether loops marked `// unroll` are written out before a kernel is compiled; tests compare both. */
  unrolling = true

  #open: OpenDevice
  #kernels = new Map<string, Kernel>()
  #bindGroups = new Map<string, GPUBindGroup>()
  #uniforms = new Map<string, GPUBuffer>()
  #staging = new Map<number, GPUBuffer[]>()
  #encoder: GPUCommandEncoder | undefined
  #pass: GPUComputePassEncoder | undefined
  #plan: Map<string, { name: string; consts: Consts }> | undefined
  #failure: Error | undefined
  #trace: Trace | undefined
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(open: OpenDevice) {
    this.#open = open
    this.device = open.device
    this.adapter = open.info
    this.arena = new Arena(open.device)
    this.device.onuncapturederror = (event) => {
      // It is thrown by the next call; Dawn would print it as well.
      event.preventDefault()
      this.#failure ??= new Error(deviceError(event.error.message))
    }
    this.device.lost.then(({ reason, message }) => {
      if (reason !== "destroyed") this.#failure ??= new Error(`the device was lost: ${message}`)
    })
  }

  /** True inside `compile`: ops only say which kernels they want, nothing runs. */
  get planning(): boolean {
    return this.#plan !== undefined
  }

  /**
   * Dispatches a kernel over so many threads (1 to 3 dimensions).
   *
   * @param tensors by the names of the shader's storage bindings
   * @param params by the names of the fields of its `params`
   * @param consts values for its `const` lines
   */
  run(
    name: string,
    tensors: Readonly<Record<string, Bound>>,
    params: Params,
    threads: readonly number[],
    consts: Consts = {},
  ): void {
    this.#throwFailure()
    if (this.#plan) {
      this.#plan.set(kernelKey(name, consts), { name, consts })
      return
    }
    const kernel = this.#kernel(name, consts)
    const group = this.#bindGroup(kernel, tensors, params)
    const [x, y, z] = workgroups(kernel, threads, this.device.limits.maxComputeWorkgroupsPerDimension)
    this.#encoder ??= this.device.createCommandEncoder()
    if (this.#trace) this.#beginTraced(name, threads)
    this.#pass ??= this.#encoder.beginComputePass()
    this.#pass.setPipeline(kernel.pipeline)
    this.#pass.setBindGroup(0, group)
    this.#pass.dispatchWorkgroups(x, y, z)
    this.counters.dispatches++
  }

  /** Submits what was collected; does not wait for it. */
  flush(): void {
    this.#throwFailure()
    if (!this.#encoder) return
    this.#pass?.end()
    this.device.queue.submit([this.#encoder.finish()])
    this.#pass = this.#encoder = undefined
    this.counters.submits++
  }

  /** Writes host data into a slice, after the commands so far and before those to come. */
  write(slice: Slice, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): void {
    if (this.#plan) return
    if (data.byteLength > slice.size) throw new Error(`write: ${data.byteLength} bytes into a slice of ${slice.size}`)
    if (slice.lastUse.submit === this.counters.submits) this.flush()
    this.device.queue.writeBuffer(slice.buffer, slice.offset, data)
  }

  /** Copies a slice back to the host, after all commands so far. */
  async read(slice: Slice): Promise<Float32Array> {
    this.#throwFailure()
    this.counters.readbacks++
    const pool = this.#staging.get(slice.size) ?? []
    this.#staging.set(slice.size, pool)
    const staging = pool.pop() ?? this.#stagingBuffer(slice.size)
    this.#pass?.end()
    this.#pass = undefined
    this.#encoder ??= this.device.createCommandEncoder()
    this.#encoder.copyBufferToBuffer(slice.buffer, slice.offset, staging, 0, slice.size)
    this.flush()
    await this.#orFailure(staging.mapAsync(GPUMapMode.READ))
    const data = new Float32Array(staging.getMappedRange().slice(0))
    staging.unmap()
    pool.push(staging)
    this.#throwFailure()
    return data
  }

  /** Waits until everything submitted is done. */
  async done(): Promise<void> {
    this.flush()
    await this.#orFailure(this.device.queue.onSubmittedWorkDone())
    this.#throwFailure()
  }

  /**
   * Waits until at most one submit is still under way, so that the host prepares the next step while the adapter
   * works on the last one, and no further ahead.
   */
  async pace(): Promise<void> {
    const before = this.#underWay
    this.#underWay = this.device.queue.onSubmittedWorkDone()
    await this.#orFailure(before)
    this.#throwFailure()
  }

  /** Submits, and takes back every step buffer: tensors made in this step end here. */
  endStep(): void {
    if (!this.#plan) this.flush()
    this.arena.endStep()
    this.step++
  }

  /**
   * Compiles, asynchronously, every kernel that `body` runs. `body` does the ops of a step; nothing is dispatched.
   *
   * @param onProgress is called as each pipeline becomes ready
   * @returns the kernels compiled
   */
  async compile(body: () => void, onProgress: (done: number, total: number) => void = () => {}): Promise<string[]> {
    const wanted = this.#planned(body)
    const pipelines: Promise<void>[] = []
    let done = 0
    for (const [key, { name, consts }] of wanted) {
      // Unrolling takes a moment each: in between a progress bar is drawn, a key is read.
      await nextTurn()
      const pipeline = this.#compileAhead(key, name, consts).then(() => onProgress(++done, wanted.length))
      // All are awaited below; until then a failure is nobody's, and would end the process.
      pipeline.catch(() => {})
      pipelines.push(pipeline)
    }
    await Promise.all(pipelines)
    this.#throwFailure()
    return wanted.map(([key]) => key)
  }

  /**
   * Turns the time of each dispatch on.
   *
   * @throws where the adapter has no timestamps
   */
  startTrace(): void {
    this.flush()
    this.#trace ??= new Trace(this.#open)
  }

  /** Every dispatch since the last call, with its time; empty where no trace was started. */
  async takeTrace(): Promise<Timing[]> {
    this.flush()
    return (await this.#trace?.take()) ?? []
  }

  /** Releases the device; the process can end. */
  close(): void {
    this.#open.release()
  }

  #beginTraced(name: string, threads: readonly number[]): void {
    this.#pass?.end()
    this.#pass = this.#encoder!.beginComputePass(this.#trace!.next(name, threads))
  }

  /** The kernels that `body` asks for and that are not compiled yet, by key. */
  #planned(body: () => void) {
    this.flush()
    const plan = new Map<string, { name: string; consts: Consts }>()
    this.#plan = plan
    try {
      body()
    } finally {
      this.#plan = undefined
      this.arena.endStep()
      this.step++
    }
    return [...plan].filter(([key]) => !this.#kernels.has(key))
  }

  async #compileAhead(key: string, name: string, consts: Consts): Promise<void> {
    const made = this.#prepare(name, consts)
    const compiled = this.#open.wait(this.device.createComputePipelineAsync(made.descriptor))
    const pipeline = await compiled.catch(async (error) => {
      throw await this.#compileError(name, made.module, error as Error)
    })
    this.#keep(key, { ...made.kernel, pipeline })
  }

  #kernel(name: string, consts: Consts): Kernel {
    const key = kernelKey(name, consts)
    const known = this.#kernels.get(key)
    if (known) return known
    const made = this.#prepare(name, consts)
    this.device.pushErrorScope("validation")
    const pipeline = this.device.createComputePipeline(made.descriptor)
    this.device.popErrorScope().then(async (error) => {
      if (error) this.#failure ??= await this.#compileError(name, made.module, new Error(error.message))
    })
    return this.#keep(key, { ...made.kernel, pipeline })
  }

  #prepare(name: string, consts: Consts) {
    const written = setConsts(name, this.#open.shader(name), consts)
    const face = reflect(name, written)
    const code = this.unrolling ? unroll(name, written) : written
    const module = this.device.createShaderModule({ code, label: code === written ? name : `${name} (unrolled)` })
    // With skip_validation Dawn aborts the process over a pipeline of a broken module; in Node the error is here already.
    this.#throwFailure()
    const bindGroupLayout = this.#layout(name, face)
    const layout = this.device.createPipelineLayout({ label: name, bindGroupLayouts: [bindGroupLayout] })
    const descriptor: GPUComputePipelineDescriptor = { label: name, layout, compute: { module } }
    return { module, descriptor, kernel: { ...face, id: 0, name, layout: bindGroupLayout } }
  }

  /** All that the file declares. The layout "auto" leaves out what the code does not touch, and then nothing fits. */
  #layout(name: string, { bindings, params, paramsBinding }: Interface): GPUBindGroupLayout {
    const visibility = GPUShaderStage.COMPUTE
    const entries: GPUBindGroupLayoutEntry[] = bindings.map(({ binding, writable }) => ({
      binding,
      visibility,
      buffer: { type: writable ? "storage" : "read-only-storage" },
    }))
    if (params.length > 0) entries.push({ binding: paramsBinding, visibility, buffer: { type: "uniform" } })
    return this.device.createBindGroupLayout({ label: name, entries })
  }

  #keep(key: string, kernel: Kernel): Kernel {
    kernel.id = this.#kernels.size
    this.#kernels.set(key, kernel)
    this.counters.pipelines++
    return kernel
  }

  async #compileError(name: string, module: GPUShaderModule, error: Error): Promise<Error> {
    const { messages } = await module.getCompilationInfo()
    const file = this.unrolling && isMarked(this.#open.shader(name)) ? `${name} (unrolled).wgsl` : `${name}.wgsl`
    const lines = messages.map(
      ({ type, lineNum, linePos, message }) => `${file}:${lineNum}:${linePos}: ${type}: ${message}`,
    )
    return new Error(lines.length > 0 ? lines.join("\n") : `${file}: ${error.message}`)
  }

  #bindGroup(kernel: Kernel, tensors: Readonly<Record<string, Bound>>, params: Params): GPUBindGroup {
    let key = `${kernel.id}`
    for (const { name } of kernel.bindings) {
      const bound = tensors[name]
      if (!bound) throw wrongNames(kernel, tensors, params)
      const { slice } = bound
      slice.lastUse.submit = this.counters.submits
      key += `,${slice.id}`
    }
    for (const { name } of kernel.params) key += `,${params[name]}`
    const known = this.#bindGroups.get(key)
    if (known) return known
    checkNames(kernel, tensors, params)
    const group = this.device.createBindGroup({
      label: kernel.name,
      layout: kernel.layout,
      entries: [
        ...kernel.bindings.map(({ name, binding }) => ({ binding, resource: tensors[name].slice })),
        ...(kernel.params.length > 0
          ? [{ binding: kernel.paramsBinding, resource: this.#uniform(kernel, params) }]
          : []),
      ],
    })
    this.#bindGroups.set(key, group)
    this.counters.bindGroups++
    return group
  }

  #uniform(kernel: Kernel, params: Params): GPUBuffer {
    const key = kernel.params.map(({ name, type }) => `${type}${params[name]}`).join()
    const known = this.#uniforms.get(key)
    if (known) return known
    const bytes = new DataView(new ArrayBuffer(Math.ceil(kernel.params.length / 4) * 16))
    kernel.params.forEach(({ name, type }, i) => {
      if (type === "f32") bytes.setFloat32(i * 4, params[name], true)
      else bytes.setUint32(i * 4, params[name], true)
    })
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
    const buffer = this.device.createBuffer({ size: bytes.byteLength, usage, label: `${kernel.name} params` })
    this.device.queue.writeBuffer(buffer, 0, bytes.buffer)
    this.#uniforms.set(key, buffer)
    this.counters.uniforms++
    return buffer
  }

  #stagingBuffer(size: number): GPUBuffer {
    this.counters.stagings++
    return this.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      label: "staging",
    })
  }

  async #orFailure<T>(work: Promise<T>): Promise<T> {
    return this.#open.wait(work).catch((error) => {
      throw this.#failure ?? error
    })
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure
  }
}

/** Lets timers, input and output have their turn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

const kernelKey = (name: string, consts: Consts): string =>
  Object.entries(consts).reduce((key, [constant, value]) => `${key} ${constant}=${value}`, name)

/** A shader's error as `relu.wgsl:14:10: error: ...`, which editors and terminals turn into a link; others as they are. */
function deviceError(message: string): string {
  const shader = /\[ShaderModuleDescriptor "+(.+?)"+\]/.exec(message)?.[1]
  if (!shader) return message
  const named = message.replaceAll(/(?:Error while parsing WGSL: )?:(\d+):(\d+) (?=\w+: )/g, `${shader}.wgsl:$1:$2: `)
  return named.replace(/\n - While [\s\S]*$/, "")
}

function checkNames(kernel: Kernel, tensors: Readonly<Record<string, Bound>>, params: Params): void {
  const same = (given: object, declared: { name: string }[]) =>
    Object.keys(given).length === declared.length && declared.every(({ name }) => name in given)
  if (!same(tensors, kernel.bindings) || !same(params, kernel.params)) throw wrongNames(kernel, tensors, params)
}

function wrongNames(kernel: Kernel, tensors: object, params: object): Error {
  const list = (names: string[]) => names.join(", ") || "none"
  return new Error(
    `${kernel.name}: the shader declares tensors ${list(kernel.bindings.map(({ name }) => name))} and params ` +
      `${list(kernel.params.map(({ name }) => name))}; it was given tensors ${list(Object.keys(tensors))} and params ` +
      `${list(Object.keys(params))}`,
  )
}
