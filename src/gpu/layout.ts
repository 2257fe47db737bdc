/**
 * Where the tensors of a recording lie: those that are never alive at the same time share memory.
 * The largest is placed first, each where it adds the least; Y. Pisarchyk, J. Lee, Efficient
 * Memory Management for Deep Neural Net Inference, 2020, https://arxiv.org/abs/2001.03288 (greedy
 * by size).
 *
 * WebGPU lets a dispatch not read and write one buffer, also where the pieces do not overlap. So
 * there are several blocks, a buffer each, and what a dispatch writes lies in another block than
 * what it reads.
 */

/** How long a tensor is needed, by the numbers of the dispatches. */
export interface Lifetime {
  /** In bytes. */
  size: number
  /** The first dispatch that binds it; before all of them, -1, if the host writes it. */
  first: number
  /** The last one; Infinity if it is kept to the end of the step. */
  last: number
  /** What a dispatch reads where it writes this, and what it writes where it reads this. */
  apart: Set<Lifetime>
}

export interface Place {
  block: number
  /** In bytes from the beginning of the block. */
  offset: number
}

export interface Layout {
  places: ReadonlyMap<Lifetime, Place>
  /** The blocks' sizes in bytes, the largest first. */
  blocks: readonly number[]
}

interface Block {
  size: number
  /** What lies in it, by offset. */
  placed: { lifetime: Lifetime; from: number; to: number }[]
}

/** Every device binds from multiples of it, or of less. */
const ALIGNMENT = 256

const aligned = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT

/** @param most bytes of a block, unless a tensor alone is larger */
export function layOut(lifetimes: readonly Lifetime[], most: number): Layout {
  const blocks: Block[] = []
  const found = new Map<Lifetime, { block: Block; offset: number }>()
  for (const lifetime of [...lifetimes].sort((a, b) => b.size - a.size || a.first - b.first)) {
    const { block, offset } = cheapest(blocks, lifetime, most) ?? { block: opened(blocks), offset: 0 }
    const to = offset + aligned(lifetime.size)
    block.placed.push({ lifetime, from: offset, to })
    block.placed.sort((a, b) => a.from - b.from)
    block.size = Math.max(block.size, to)
    found.set(lifetime, { block, offset })
  }
  blocks.sort((a, b) => b.size - a.size)
  const places = [...found].map(([lifetime, { block, offset }]): [Lifetime, Place] => {
    return [lifetime, { block: blocks.indexOf(block), offset }]
  })
  return { places: new Map(places), blocks: blocks.map(({ size }) => size) }
}

function opened(blocks: Block[]): Block {
  const block = { size: 0, placed: [] }
  blocks.push(block)
  return block
}

/** Where the blocks grow least; of such places the tightest. */
function cheapest(blocks: readonly Block[], lifetime: Lifetime, most: number) {
  let best: { block: Block; offset: number; growth: number; gap: number } | undefined
  for (const block of blocks) {
    if (block.placed.some((other) => lifetime.apart.has(other.lifetime))) continue
    const { offset, gap } = tightest(block, lifetime)
    const end = offset + aligned(lifetime.size)
    if (end > most) continue
    const growth = Math.max(0, end - block.size)
    if (!best || growth < best.growth || (growth === best.growth && gap < best.gap))
      best = { block, offset, growth, gap }
  }
  return best
}

/** The smallest gap between those alive at the same time, or behind the last of them. */
function tightest({ placed, size: end }: Block, { size, first, last }: Lifetime): { offset: number; gap: number } {
  let best: { offset: number; gap: number } | undefined
  let offset = 0
  for (const { lifetime, from, to } of placed) {
    if (lifetime.first > last || lifetime.last < first) continue
    const gap = from - offset
    if (gap >= aligned(size) && (!best || gap < best.gap)) best = { offset, gap }
    offset = Math.max(offset, to)
  }
  return best ?? { offset, gap: Math.max(aligned(size), end - offset) }
}
