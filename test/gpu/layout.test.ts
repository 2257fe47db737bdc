/**
 * Places for the tensors of a recording: none that are alive at the same time overlap, and the
 * blocks are hardly larger than what is alive at once.
 */
import { describe, expect, it } from "vitest"
import { openDevice } from "#device"
import { tensorMemory } from "../../bench/alive.ts"
import { type Lifetime, layOut } from "../../src/gpu/layout.ts"
import { Adam, bceWithLogits, type Sequential } from "../../src/index.ts"
import { networkNamed } from "../../src/models/networks.ts"
import { Random } from "../../src/tensor/random.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

const KIB = 1024

const lifetime = (first: number, last: number, size = KIB): Lifetime => ({ size, first, last, apart: new Set() })

function separate(a: Lifetime, b: Lifetime): void {
  a.apart.add(b)
  b.apart.add(a)
}

/** What is wrong with a layout. */
function problems(lifetimes: readonly Lifetime[], { places, blocks }: ReturnType<typeof layOut>): string[] {
  const found: string[] = []
  for (const a of lifetimes) {
    const at = places.get(a)!
    if (at.offset % 256 !== 0) found.push(`an offset of ${at.offset}`)
    if (at.offset + a.size > blocks[at.block]) found.push("a tensor that ends outside of its block")
    for (const b of lifetimes) {
      const other = places.get(b)!
      if (a === b || at.block !== other.block) continue
      if (a.apart.has(b)) found.push("a tensor that is read in the block that the dispatch writes")
      const both = a.first <= b.last && b.first <= a.last
      if (both && at.offset < other.offset + b.size && other.offset < at.offset + a.size) found.push("an overlap")
    }
  }
  return found
}

describe("a layout", () => {
  it("lets a chain of ops alternate between two blocks", () => {
    const chain = Array.from({ length: 6 }, (_, i) => lifetime(i, i + 1))
    for (const [i, one] of chain.slice(1).entries()) separate(chain[i], one)
    expect(layOut(chain, Infinity).blocks).toEqual([KIB, KIB])
  })

  it("fills the gap between two that stay", () => {
    const stay = lifetime(0, 9, 2 * KIB)
    const [early, late] = [lifetime(0, 3, KIB), lifetime(4, 9, KIB)]
    const { places, blocks } = layOut([late, early, stay], Infinity)
    expect(blocks).toEqual([3 * KIB])
    expect(places.get(late)).toEqual({ block: 0, offset: 2 * KIB })
    expect(places.get(early)).toEqual({ block: 0, offset: 2 * KIB })
  })

  it("keeps what is read later, and makes no block larger than is allowed", () => {
    const kept = Array.from({ length: 4 }, () => lifetime(0, Infinity))
    expect(layOut(kept, 2 * KIB).blocks).toEqual([2 * KIB, 2 * KIB])
    expect(layOut(kept, 100).blocks).toEqual([KIB, KIB, KIB, KIB])
  })

  it.each([...Array(8).keys()])("of random tensors overlaps nothing, %i", (seed) => {
    const random = new Random(seed, 0, 0)
    const all = Array.from({ length: 60 }, () => {
      const first = random.integer(40) - 1
      const last = random.integer(8) === 0 ? Infinity : first + random.integer(10)
      return lifetime(first, last, 4 * (1 + random.integer(3000)))
    })
    for (let i = 0; i < 60; i++) {
      const [a, b] = [random.integer(60), random.integer(60)]
      if (a !== b) separate(all[a], all[b])
    }
    const most = seed % 2 ? Infinity : 20_000
    const layout = layOut(all, most)
    expect(problems(all, layout)).toEqual([])
    expect(Math.max(...layout.blocks)).toBeLessThanOrEqual(most)
    // The check notices.
    const moved = new Map(all.map((one) => [one, { block: 0, offset: 0 }]))
    expect(problems(all, { ...layout, places: moved })).toContain("an overlap")
  })
})

describe("a training step takes little more than what is alive at once", () => {
  const networks: [string, Sequential, number, number][] = [
    ["resnet18", networkNamed("resnet18").build(224, 1), 224, 16],
    ["mobilenet_v2", networkNamed("mobilenet_v2").build(224, 1), 224, 16],
    ["small", networkNamed("small").build(80, 1), 80, 16],
  ]
  it.each(networks.flatMap((one) => (["software", "gpu"] as const).map((kind) => [...one, kind] as const)))(
    "%s, case %#",
    async (_, network, size, batch, kind) => {
      const open = await openDevice()
      const gpu = new TensorGpu({ ...open, info: { ...open.info, kind } })
      const model = network.to(gpu)
      const adam = new Adam(model.parameters(), { lr: 1e-3 })
      const { every, alive, taken } = tensorMemory(gpu, () => {
        const given = { requiresGrad: false }
        const x = gpu.tensor([batch, 1, size, size], () => [], given)
        bceWithLogits(
          model.forward(x),
          gpu.tensor([batch, 1], () => [], given),
        ).backward()
        adam.step()
      })
      gpu.close()
      expect(alive).toBeLessThan(every)
      expect(taken).toBeGreaterThanOrEqual(alive)
      expect(taken / alive).toBeLessThanOrEqual(1.3)
    },
  )
})
