/**
 * A step whose commands are known: a `Recorder` noted them, and each tensor has a place for as
 * long as they use it (layout.ts). A `Recording` sends them, now and at each replay: no op, no
 * tensor, no tape.
 *
 * All of the host's work comes first and then all commands. In the body they take turns. So
 * whatever would make a difference is refused while the body runs:
 * - a host write into a buffer that an earlier dispatch of the body uses;
 * - a host write that is no part of `eachTime`, and would happen once only;
 * - a tensor of the step that was made before the body, whose memory is another's when the
 *   recording is replayed.
 */
import type { Arena, Home, Life, Slice } from "./arena.ts"
import type { BindGroups } from "./bind_groups.ts"
import type { Commands, Dispatch } from "./commands.ts"
import type { Counters } from "./counters.ts"
import type { Layout } from "./layout.ts"
import type { HostData, Noted, Recorder, Unbound } from "./recorder.ts"

/** The parts of a Gpu that a recording needs. */
export interface Player {
  arena: Arena
  commands: Commands
  counters: Counters
  bindGroups: BindGroups
  /** Names the kernel in an error of the device. */
  scoped<T>(kernel: string, body: () => T): T
  write(slice: Slice, data: HostData): void
  /** @throws where nothing may be dispatched now */
  checkReplay(): void
}

export class Recording<T> {
  readonly #player: Player
  readonly #life: Life
  readonly #layout: Layout
  /** The first of the blocks that it works in. */
  readonly #first: number
  readonly #work: readonly (() => void)[]
  readonly #unbound: readonly Unbound[]
  readonly #open: readonly Noted[]
  readonly #uses: readonly Home[]
  #blocks: readonly Slice[] | undefined
  #dispatches: readonly Dispatch[] = []

  constructor(
    player: Player,
    recorder: Recorder,
    life: Life,
    /** What the body returned; its tensors are good in each step that replays. */
    readonly result: T,
  ) {
    this.#player = player
    this.#life = life
    this.#layout = recorder.layout()
    this.#first = player.arena.blocks.firstFree
    this.#work = recorder.work
    this.#unbound = recorder.dispatches
    this.#open = recorder.open
    this.#uses = [...recorder.uses]
    this.#takeBlocks()
    for (const [slice, data] of recorder.writes) player.write(slice, data)
    this.#dispatch()
  }

  /** Dispatches of a replay. */
  get length(): number {
    return this.#unbound.length
  }

  /**
   * Does again what the body did: at once the host's part, with the next submit all dispatches.
   *
   * @returns what the body returned; its tensors hold this replay's numbers until the end of the
   * step
   * @throws twice in a step, and where another recording works in its memory (see blocks.ts)
   */
  replay(): T {
    const { counters, checkReplay } = this.#player
    checkReplay()
    this.#takeBlocks()
    this.#life.step = this.#player.arena.now
    for (const work of this.#work) work()
    this.#dispatch()
    counters.replays++
    return this.result
  }

  #takeBlocks(): void {
    const blocks = this.#player.arena.blocks.lend(this.#first, this.#layout.blocks)
    // A recording that wanted larger ones has replaced them.
    if (!this.#blocks || blocks.some((block, i) => block !== this.#blocks?.[i])) this.#bind(blocks)
  }

  #bind(blocks: readonly Slice[]): void {
    const { arena, bindGroups, scoped } = this.#player
    const placed = ({ slice, offset, lifetime }: Noted): Slice => {
      const place = lifetime && this.#layout.places.get(lifetime)
      return place ? arena.part(blocks[place.block], place.offset + offset, slice.size) : slice
    }
    for (const noted of this.#open) arena.place(noted.slice, placed(noted))
    this.#dispatches = this.#unbound.map(({ kernel, params, tensors, ...rest }) => {
      const bound = Object.entries(tensors).map(([name, noted]) => [name, { slice: placed(noted) }])
      const group = scoped(kernel.name, () => bindGroups.get(kernel, Object.fromEntries(bound), params))
      return { ...rest, kernel: kernel.name, pipeline: kernel.pipeline, group }
    })
    this.#blocks = blocks
  }

  #dispatch(): void {
    const { commands, counters } = this.#player
    for (const dispatch of this.#dispatches) commands.dispatch(dispatch)
    // A write of the host's part may have submitted what was there before: only now it is known
    // which submit these go with.
    for (const use of this.#uses) use.submit = counters.submits
    counters.dispatches += this.#dispatches.length
  }
}
