/**
 * What all optimisers have in common: one dispatch over all parameters of a pack. Numbers that
 * change from step to step (learning rate, bias corrections) lie in a small persistent buffer, so
 * that a step makes no new uniform.
 */
import type { Slice } from "../gpu/arena.ts"
import type { Bound } from "../gpu/bind_groups.ts"
import { threadsFor } from "../gpu/threads.ts"
import type { Parameter, ParameterPack } from "../tensor/parameters.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { type Run, runs } from "./runs.ts"

/** What a checkpoint keeps of an optimiser. */
export interface OptimizerState {
  steps: number
  /** By the state's name, then one array a pack. */
  states: Record<string, Float32Array[]>
}

/**
 * Updates parameters from their gradients, one `step()` after each `backward()`; a subclass brings
 * the formula.
 */
export abstract class Optimizer {
  /** Updates made so far. */
  steps = 0
  readonly #gpu: TensorGpu
  readonly #hyper: Bound
  /** What goes there: a new array each step costs as much as ten dispatches. */
  readonly #numbers = new Float32Array(8)
  readonly #packs: ParameterPack[]
  readonly #states = new Map<ParameterPack, Record<string, Slice>>()
  readonly #parts = new Map<string, Record<string, Bound>>()

  /**
   * @param parameters of one or more modules, as `model.parameters()` gives them
   * @param lr learning rate; a schedule may set it before each step
   * @param stateNames a zero-filled buffer like the parameters for each, by the shader's binding
   * name
   */
  constructor(
    readonly parameters: readonly Parameter[],
    public lr: number,
    readonly stateNames: readonly string[],
  ) {
    if (parameters.length === 0)
      throw new Error(`${this.constructor.name}: no parameters; call to(gpu) on the model first`)
    this.#gpu = parameters[0].gpu
    this.#hyper = this.#gpu.persistent([8])
    this.#packs = [...new Set(parameters.map(({ pack }) => pack))]
    for (const pack of this.#packs) {
      const made = stateNames.map((name) => [name, this.#gpu.arena.persistent(pack.length * 4, name)])
      this.#states.set(pack, Object.fromEntries(made))
    }
  }

  /** The shader and its consts. */
  protected abstract kernel(): { name: string; consts?: Record<string, number | boolean> }

  /**
   * The up to eight numbers that the shader reads as `hyper`; called after `steps` was counted up.
   */
  protected abstract hyper(): number[]

  /**
   * Updates every parameter that the current step's backward has reached; the others stay, as in
   * PyTorch.
   */
  step(): void {
    this.#gpu.eachTime(() => {
      if (!this.#gpu.planning) this.steps++
      this.#numbers.set(this.hyper())
      this.#gpu.write(this.#hyper.slice, this.#numbers)
    })
    const { name, consts } = this.kernel()
    for (const run of runs(this.parameters)) {
      const fours = run.length / 4
      this.#gpu.run(name, this.#tensors(run), { n: fours }, [threadsFor(this.#gpu, fours)], consts)
    }
  }

  /** As it was when new: no updates made, all states zero. */
  reset(): void {
    this.steps = 0
    for (const [pack, states] of this.#states) {
      for (const slice of Object.values(states)) this.#gpu.write(slice, new Float32Array(pack.length))
    }
  }

  /** Everything that is needed to go on later just as without a pause. */
  async state(): Promise<OptimizerState> {
    const states: Record<string, Float32Array[]> = {}
    for (const name of this.stateNames) {
      states[name] = await Promise.all(this.#packs.map((pack) => this.#gpu.read(this.#states.get(pack)![name])))
    }
    return { steps: this.steps, states }
  }

  /** Takes a saved state over. @throws when its sizes are another model's */
  load({ steps, states }: OptimizerState): void {
    for (const name of this.stateNames) {
      this.#packs.forEach((pack, i) => {
        const data = states[name]?.[i]
        if (data?.length !== pack.length) {
          throw new Error(
            `${this.constructor.name}: state ${name} has ${data?.length ?? 0} numbers, the model has ${pack.length}`,
          )
        }
        this.#gpu.write(this.#states.get(pack)![name], new Float32Array(data))
      })
    }
    this.steps = steps
  }

  #tensors({ pack, offset, length, values, grads }: Run): Record<string, Bound> {
    const key = `${this.#packs.indexOf(pack)} ${offset} ${length}`
    const known = this.#parts.get(key)
    if (known) return known
    const part = (slice: Slice): Bound => ({ slice: this.#gpu.arena.part(slice, offset * 4, length * 4) })
    const states = Object.entries(this.#states.get(pack)!).map(([name, slice]) => [name, part(slice)])
    const tensors = { values, grads, hyper: this.#hyper, ...Object.fromEntries(states) }
    this.#parts.set(key, tensors)
    return tensors
  }
}
