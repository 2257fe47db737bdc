/**
 * The GPU as a few verbs: run a kernel by name, record a step and replay it, flush, read, write,
 * end the step. Knows buffers and kernels, neither tensors nor gradients. Commands are collected in
 * one compute pass and submitted by `flush`; nothing waits but what is async: read, done, pace,
 * compile, takeTrace.
 */
import type { AdapterInfo, OpenDevice } from "./adapter.ts"
import { Arena, type Slice } from "./arena.ts"
import { BindGroups, type Bound, checkNames, type Params, type Tensors } from "./bind_groups.ts"
import { Commands } from "./commands.ts"
import { newCounters } from "./counters.ts"
import { Failure } from "./failure.ts"
import { type Consts, workgroups } from "./kernel.ts"
import { canHold, isAllowed, largest, type Need } from "./memory.ts"
import { type Compiled, keyOf, Pipelines, type Wanted } from "./pipelines.ts"
import type { Plan } from "./plan.ts"
import { Readback } from "./readback.ts"
import { type HostData, Recorder } from "./recorder.ts"
import { type Player, Recording } from "./recording.ts"
import { type Timing, Trace } from "./trace.ts"

/** What steps would do that are only planned. */
interface Steps {
  wanted: Map<string, Wanted>
  /** Of each step that has ended. */
  needs: Need[]
}

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
  readonly #player: Player
  #plan: Steps | undefined
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
    this.#player = {
      arena: this.arena,
      commands: this.#commands,
      counters: this.counters,
      bindGroups: this.#bindGroups,
      scoped: (kernel, body) => this.#failure.scoped(kernel, body),
      write: (slice, data) => this.write(slice, data),
      checkReplay: () => {
        this.#failure.throwIfAny()
        this.#refuseInside("replay")
      },
    }
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
    return this.#recorder !== undefined && !this.planning
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
      this.#plan.wanted.set(keyOf({ name, consts }), { name, consts })
      this.#recorder!.use(this.#pipelines.interfaceOf(name), tensors)
      return
    }
    this.#failure.throwIfAny()
    const kernel = this.#pipelines.get(name, consts)
    const [x, y, z] = workgroups(kernel, threads, this.#mostWorkgroups)
    if (this.#recorder) {
      checkNames(kernel, tensors, params)
      this.#recorder.add({ kernel, params, tensors: this.#recorder.use(kernel, tensors), threads, x, y, z })
      return
    }
    const group = this.#failure.scoped(name, () => this.#bindGroups.get(kernel, tensors, params))
    this.#commands.dispatch({ kernel: name, threads, pipeline: kernel.pipeline, group, x, y, z })
    for (const binding of kernel.bindings) tensors[binding.name].slice.home.submit = this.counters.submits
    this.counters.dispatches++
  }

  /** Dispatches a plan. */
  runPlan({ kernel, params, threads, consts }: Plan, tensors: Tensors): void {
    this.run(kernel, tensors, params, threads, consts)
  }

  /**
   * Notes the dispatches of `body`, the ops of a step, and does them when all are known; `replay`
   * repeats them in later steps at a fraction of the host's time. What changes from step to step
   * comes from the host's work that the body hands to `eachTime`, from functions given to
   * `gpu.tensor`, and from persistent buffers. What the body returns can be used until the end of
   * the step; whatever else it makes shares memory, and is gone after its last use in the body.
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
    try {
      const { result, life } = this.arena.placeless((slice) => recorder.made(slice), body)
      this.#recorder = undefined
      return new Recording(this.#player, recorder, life, result)
    } finally {
      this.#recorder = undefined
      recorder.end()
      this.counters.recordings++
    }
  }

  /**
   * Keeps a tensor that the body of a recording makes to the end of the step, as what it returns is
   * kept; where nothing is recorded, all of them are.
   */
  keep({ slice }: Bound): void {
    this.#recorder?.keep(slice)
  }

  /** Keeps every tensor that the body of a recording has made so far. */
  keepAll(): void {
    this.#recorder?.keepAll()
  }

  /**
   * Host work that belongs to a step: done now and, where a recording is being made, before the
   * commands of each replay. What it writes with `gpu.write` must not be in use by an earlier
   * dispatch of the same body.
   */
  eachTime(work: () => void): void {
    if (this.recording) this.#recorder!.eachTime(work)
    else work()
  }

  /** Submits what was collected; does not wait for it. */
  flush(): void {
    this.#failure.throwIfAny()
    if (this.#failure.scoped("submit", () => this.#commands.submit())) this.counters.submits++
  }

  /** Writes host data into a slice, after the commands so far and before those to come. */
  write(slice: Slice, data: HostData): void {
    if (this.#plan) {
      this.#recorder!.written(slice)
      return
    }
    if (data.byteLength > slice.size) throw new Error(`write: ${data.byteLength} bytes into a slice of ${slice.size}`)
    if (this.#recorder) {
      this.#recorder.write(slice, data)
      return
    }
    if (slice.home.submit === this.counters.submits) this.flush()
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
    if (this.recording) throw new Error("record: the body must not end the step")
    if (this.#plan) this.#plan.needs.push(this.#planStep())
    else this.flush()
    this.arena.endStep()
  }

  /**
   * Compiles, asynchronously, every kernel that `body` runs, and makes the memory that recordings
   * of its steps work in. `body` does the ops of a step, or of several with `endStep` between them;
   * nothing is computed.
   *
   * @param onProgress is called as each pipeline becomes ready
   * @returns the pipelines that were not there before, with the time that each took
   */
  async compile(body: () => void, onProgress: (done: number, total: number) => void = () => {}): Promise<Compiled[]> {
    this.#refuseInside("compile")
    this.flush()
    const { wanted, need } = this.#planned(body)
    this.arena.blocks.reserve(need)
    return this.#pipelines.compile(wanted, onProgress)
  }

  /**
   * The memory that recordings of `body` work in, the ops of a step or of several with `endStep`
   * between them; nothing is made or run.
   */
  needs(body: () => void): Need {
    this.#refuseInside("needs")
    return this.arena.unlimited(() => this.#planned(body).need)
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

  /** What `body` asks for. */
  #planned(body: () => void): { wanted: Wanted[]; need: Need } {
    const plan: Steps = { wanted: new Map(), needs: [] }
    this.#plan = plan
    this.#recorder = new Recorder(this.arena)
    try {
      this.arena.placeless((slice) => this.#recorder!.made(slice), body)
      const need = largest([...plan.needs, this.#planStep()])
      return { wanted: [...plan.wanted.values()], need }
    } finally {
      this.#plan = this.#recorder = undefined
      this.arena.endStep()
    }
  }

  /** What the step that ends here needs; another begins. */
  #planStep(): Need {
    const ended = this.#recorder!
    ended.end()
    this.#recorder = new Recorder(this.arena)
    return ended.layout().blocks
  }

  #refuseInside(what: string): void {
    if (this.recording) throw new Error(`${what}: not inside a recording's body`)
    if (this.#plan) throw new Error(`${what}: not inside compile, which runs nothing`)
  }
}
