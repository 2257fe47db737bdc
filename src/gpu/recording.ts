/**
 * A step whose commands are known. While its body runs for the first time, as any step, a
 * `Recorder` notes every dispatch and the host's work that belongs to every time; a `Recording`
 * repeats just these: no op, no tensor, no tape.
 *
 * At a replay all of the host's work comes first and then all commands. In the body they took
 * turns. So whatever would make a difference is refused while the body runs:
 * - a host write into a buffer that an earlier dispatch of the body uses;
 * - a host write that is no part of `eachTime`, and would happen once only;
 * - a tensor of the step that was made before the body, whose buffer is another's when the
 *   recording is replayed.
 */
import type { Arena, Lease, Slice } from "./arena.ts"
import type { Commands, Dispatch } from "./commands.ts"
import type { Counters } from "./counters.ts"

export class Recorder {
  readonly dispatches: Dispatch[] = []
  readonly work: (() => void)[] = []
  readonly uses = new Set<Slice["lastUse"]>()
  readonly #arena: Arena
  #working = false

  constructor(arena: Arena) {
    this.#arena = arena
  }

  /** @param slices by the names of the shader's bindings */
  add(dispatch: Dispatch, slices: Iterable<[name: string, slice: Slice]>): void {
    if (this.#working) throw new Error(`record: eachTime is for the host's work, ${dispatch.kernel} is a dispatch`)
    for (const [name, slice] of slices) {
      if (this.#arena.isOutsideLease(slice)) {
        throw new Error(
          `record: ${name} of ${dispatch.kernel} was made in this step before the recording, and ends with the step. ` +
            "Make it in the body, or with gpu.persistent",
        )
      }
      this.uses.add(slice.lastUse)
    }
    this.dispatches.push(dispatch)
  }

  eachTime(work: () => void): void {
    this.#working = true
    try {
      work()
    } finally {
      this.#working = false
    }
    this.work.push(work)
  }

  checkWrite({ lastUse }: Slice): void {
    if (!this.#working) {
      throw new Error(
        "record: the body writes host data, which a replay would not repeat. " +
          "Give gpu.tensor a function, write in gpu.eachTime, or write before the recording",
      )
    }
    if (this.uses.has(lastUse)) {
      throw new Error(
        "record: the body writes host data into a buffer that a dispatch before it uses; in a replay all writes come " +
          "before all dispatches. Use a buffer for each",
      )
    }
  }
}

/** The parts of a Gpu that a replay needs. */
export interface Player {
  arena: Arena
  commands: Commands
  counters: Counters
  /** @throws where nothing may be dispatched now */
  checkReplay(): void
}

export class Recording<T> {
  readonly #player: Player
  readonly #lease: Lease
  readonly #work: readonly (() => void)[]
  readonly #dispatches: readonly Dispatch[]
  readonly #uses: readonly Slice["lastUse"][]

  constructor(
    player: Player,
    { work, dispatches, uses }: Recorder,
    lease: Lease,
    /** What the body returned; its tensors are good in each step that replays. */
    readonly result: T,
  ) {
    this.#player = player
    this.#lease = lease
    this.#work = work
    this.#dispatches = dispatches
    this.#uses = [...uses]
  }

  /** Dispatches of a replay. */
  get length(): number {
    return this.#dispatches.length
  }

  /**
   * Does again what the body did: at once the host's part, with the next submit all dispatches.
   *
   * @returns what the body returned; its tensors hold this replay's numbers until the end of the
   * step
   * @throws twice in a step, and where other tensors of the step lie in the recording's buffers
   * (see arena.ts)
   */
  replay(): T {
    const { arena, commands, counters, checkReplay } = this.#player
    checkReplay()
    arena.retake(this.#lease)
    for (const work of this.#work) work()
    for (const dispatch of this.#dispatches) commands.dispatch(dispatch)
    // A write of the host's part may have submitted what was there before: only now it is known
    // which submit these go with.
    for (const use of this.#uses) use.submit = counters.submits
    counters.dispatches += this.#dispatches.length
    counters.replays++
    return this.result
  }
}
