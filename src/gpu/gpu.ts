/**
 * The GPU as a few verbs: run a kernel by name, record a step and replay it, flush, read, write,
 * end the step. Knows buffers and kernels, neither tensors nor gradients. Commands are collected in
 * one compute pass and submitted by `flush`; nothing waits but what is async: read, done, pace,
 * compile, takeTrace.
 */
import type { AdapterInfo, OpenDevice } from "./adapter.ts"
import { Arena, type Slice } from "./arena.ts"
import { BindGroups, type Params, type Tensors } from "./bind_groups.ts"
import { Commands, type Dispatch } from "./commands.ts"
import { newCounters } from "./counters.ts"
import { Failure } from "./failure.ts"
import { type Consts, workgroups } from "./kernel.ts"
import { canHold, isAllowed, type Need } from "./memory.ts"
import { type Compiled, keyOf, Pipelines, type Wanted } from "./pipelines.ts"
import type { Plan } from "./plan.ts"
import { Readback } from "./readback.ts"
import { Recorder, Recording } from "./recording.ts"
import { type Timing, Trace } from "./trace.ts"

export class Gpu {
  readonly adapter: AdapterInfo
  readonly device: GPUDevice
  readonly arena: Arena
  readonly counters = newCounters()

  readonly #open: OpenDevice
  readonly #failure: Failure
  readonly #pipelines: Pipelines
  readonly #bindGroups: BindGroups
  readonly #commands: Commands
  readonly #readback: Readback
  readonly #mostWorkgroups: number
  #plan: Map<string, Wanted> | undefined
  #recorder: Recorder | undefined
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(open: OpenDevice) {
    const { device, info } = open
    this.#open = open
    this.device = device
    this.adapter = info
    this.arena = new Arena(device)
    this.#failure = new Failure(open)
    this.#pipelines = new Pipelines(open, this.#failure, this.counters)
    this.#bindGroups = new BindGroups(device, this.counters)
    this.#commands = new Commands(device)
    this.#readback = new Readback(device, this.#failure, this.counters)
    this.#mostWorkgroups = device.limits.maxComputeWorkgroupsPerDimension
  }

  /** The number of the current step, from 0. */
  get step(): number {
    return this.arena.now
  }

  /** True inside `compile`: ops only say which kernels they want, nothing runs. */
  get planning(): boolean {
    return this.#plan !== undefined
  }

  /** True inside `record`. */
  get recording(): boolean {
    return this.#recorder !== undefined
  }

  /**
   * Whether loops marked `// unroll` are written out before a kernel is compiled; tests compare
   * both.
   */
  get unrolling(): boolean {
    return this.#pipelines.unrolling
  }

  set unrolling(on: boolean) {
    this.#pipelines.unrolling = on
  }

  /**
   * Takes a kernel of one's own in, which `run` then finds by name.
   *
   * @param code WGSL, as kernel.ts says that a shader is written
   * @throws where there is another kernel of that name, or the text is none; what only the
   * compiler finds is said at the first run
   */
  addKernel(name: string, code: string): void {
    this.#pipelines.add(name, code)
  }

  /**
   * Dispatches a kernel over so many threads (1 to 3 dimensions).
   *
   * @param tensors by the names of the shader's storage bindings
   * @param params by the names of the fields of its `params`
   * @param consts values for its `const` lines
   */
  run(name: string, tensors: Tensors, params: Params, threads: readonly number[], consts: Consts = {}): void {
    if (this.#plan) {
      this.#plan.set(keyOf({ name, consts }), { name, consts })
      return
    }
    this.#failure.throwIfAny()
    const kernel = this.#pipelines.get(name, consts)
    const group = this.#failure.scoped(name, () => this.#bindGroups.get(kernel, tensors, params))
    const [x, y, z] = workgroups(kernel, threads, this.#mostWorkgroups)
    const dispatch: Dispatch = { kernel: name, threads, pipeline: kernel.pipeline, group, x, y, z }
    this.#recorder?.add(
      dispatch,
      kernel.bindings.map((binding) => [binding.name, tensors[binding.name].slice]),
    )
    this.#commands.dispatch(dispatch)
    for (const binding of kernel.bindings) tensors[binding.name].slice.lastUse.submit = this.counters.submits
    this.counters.dispatches++
  }

  /** Dispatches a plan. */
  runPlan({ kernel, params, threads, consts }: Plan, tensors: Tensors): void {
    this.run(kernel, tensors, params, threads, consts)
  }

  /**
   * Runs `body`, the ops of a step, and notes its dispatches, for `replay` to repeat them in later
   * steps at a fraction of the host's time. What changes from step to step comes from the host's
   * work that the body hands to `eachTime`, from functions given to `gpu.tensor`, and from
   * persistent buffers.
   *
   * The recording does what the body did this time: it does not hear of another batch size, of
   * `model.eval()`, nor of an option of an op. Make another one for each.
   *
   * @throws where a replay could not do the same, see recording.ts
   */
  record<T>(body: () => T): Recording<T> {
    this.#refuseInside("record")
    const recorder = new Recorder(this.arena)
    this.#recorder = recorder
    this.arena.startLease()
    let result: T
    let lease: ReturnType<Arena["endLease"]>
    try {
      result = body()
    } finally {
      lease = this.arena.endLease()
      this.#recorder = undefined
    }
    this.counters.recordings++
    const checkReplay = () => {
      this.#failure.throwIfAny()
      this.#refuseInside("replay")
    }
    const player = { arena: this.arena, commands: this.#commands, counters: this.counters, checkReplay }
    return new Recording(player, recorder, lease, result)
  }

  /**
   * Host work that belongs to a step: done now and, where a recording is being made, before the
   * commands of each replay. What it writes with `gpu.write` must not be in use by an earlier
   * dispatch of the same body.
   */
  eachTime(work: () => void): void {
    if (this.#recorder) this.#recorder.eachTime(work)
    else work()
  }

  /** Submits what was collected; does not wait for it. */
  flush(): void {
    this.#failure.throwIfAny()
    if (this.#failure.scoped("submit", () => this.#commands.submit())) this.counters.submits++
  }

  /** Writes host data into a slice, after the commands so far and before those to come. */
  write(slice: Slice, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): void {
    if (this.#plan) return
    if (data.byteLength > slice.size) throw new Error(`write: ${data.byteLength} bytes into a slice of ${slice.size}`)
    this.#recorder?.checkWrite(slice)
    if (slice.lastUse.submit === this.counters.submits) this.flush()
    this.#failure.scoped("write", () => this.device.queue.writeBuffer(slice.buffer, slice.offset, data))
  }

  /** Copies a slice back to the host, after all commands so far. */
  async read(slice: Slice): Promise<Float32Array> {
    this.#failure.throwIfAny()
    this.#refuseInside("read")
    return this.#readback.read(slice, this.#commands, () => this.flush())
  }

  /** Waits until everything submitted is done. */
  async done(): Promise<void> {
    this.flush()
    await this.#failure.during(this.device.queue.onSubmittedWorkDone())
  }

  /**
   * Waits until at most one submit is still under way, so that the host prepares the next step
   * while the adapter works on the last one, and no further ahead.
   */
  async pace(): Promise<void> {
    const before = this.#underWay
    this.#underWay = this.device.queue.onSubmittedWorkDone()
    await this.#failure.during(before)
  }

  /** Submits, and takes back every step buffer: tensors made in this step end here. */
  endStep(): void {
    if (this.#recorder) throw new Error("record: the body must not end the step")
    if (!this.#plan) this.flush()
    this.arena.endStep()
  }

  /**
   * Compiles, asynchronously, every kernel that `body` runs. `body` does the ops of a step; nothing
   * is computed.
   *
   * @param onProgress is called as each pipeline becomes ready
   * @returns the pipelines that were not there before, with the time that each took
   */
  async compile(body: () => void, onProgress: (done: number, total: number) => void = () => {}): Promise<Compiled[]> {
    this.#refuseInside("compile")
    this.flush()
    return this.#pipelines.compile(this.#planned(body), onProgress)
  }

  /**
   * The step buffers that `body` takes, the ops of a step or of several with `endStep` between
   * them; nothing is made or run.
   */
  needs(body: () => void): Need {
    this.#refuseInside("needs")
    return this.arena.imagine(() => this.#planned(body))
  }

  /**
   * Whether steps that need so much can be done, with as much memory left as the persistent buffers
   * take, for copies of them to the host. To be asked where no step goes on any more, also after an
   * error: all step buffers end.
   *
   * @throws where the device is lost, which can be asked nothing
   */
  async fits(need: Need): Promise<boolean> {
    const { arena, device } = this
    if (this.#failure.isLost) this.#failure.throwIfAny()
    if (!isAllowed(need, arena.limits)) return false
    arena.releaseSteps()
    return canHold(device, need, arena.bytes)
  }

  /**
   * Every pipeline so far, with its time; those that nobody compiled ahead are made when they are
   * first run.
   */
  get compiled(): readonly Compiled[] {
    return this.#pipelines.compiled
  }

  /**
   * Turns the time of each dispatch on. The trace grows with every dispatch until `takeTrace` is
   * called.
   *
   * @throws where the adapter has no timestamps
   */
  startTrace(): void {
    this.flush()
    this.#commands.trace ??= new Trace(this.#open)
  }

  /** Whether each dispatch is timed. */
  get tracing(): boolean {
    return this.#commands.trace !== undefined
  }

  /** Every dispatch since the last call, with its time; empty where no trace was started. */
  async takeTrace(): Promise<Timing[]> {
    this.flush()
    return (await this.#commands.trace?.take()) ?? []
  }

  /** Back to one pass for all dispatches; times that were not taken are gone. */
  stopTrace(): void {
    this.flush()
    this.#commands.trace?.release()
    this.#commands.trace = undefined
  }

  /** Releases the device; the process can end. */
  close(): void {
    this.#failure.closing = true
    this.#open.release()
  }

  /** The kernels that `body` asks for. */
  #planned(body: () => void): Wanted[] {
    const plan = new Map<string, Wanted>()
    this.#plan = plan
    try {
      body()
    } finally {
      this.#plan = undefined
      this.arena.endStep()
    }
    return [...plan.values()]
  }

  #refuseInside(what: string): void {
    if (this.#recorder) throw new Error(`${what}: not inside a recording's body`)
    if (this.#plan) throw new Error(`${what}: not inside compile, which runs nothing`)
  }
}
