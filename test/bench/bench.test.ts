/** The benchmark's runner: what is wrong is not timed, what is timed is told in full. */
import { afterAll, describe, expect, it } from "vitest"
import { openBench } from "../../bench/device.ts"
import { LADDERS } from "../../bench/families.ts"
import { dispatchFlops } from "../../bench/flops.ts"
import { kernelRung, type Ladder, parseShape, type Rung } from "../../bench/ladder.ts"
import { elementwise } from "../../bench/reference/references.ts"
import { build, refNetS } from "../../bench/refnet.ts"
import { rooflineSvg, spread } from "../../bench/roofline.ts"
import { allRight, type BenchEvents, runBench } from "../../bench/run.ts"
import { runSteps } from "../../bench/step.ts"
import { Examples } from "../../bench/verify.ts"

const gpu = await openBench()
afterAll(() => gpu.close())

interface Sizes {
  n: number
}

/** A rung that asks for so many threads, and tells the kernel so many elements. */
const relu = (name: string, told: (n: number) => number, kernel = "relu"): Rung<Sizes> =>
  kernelRung(name, { y: ({ n }) => [n] }, ({ n }) => ({ kernel, params: { n: told(n) }, threads: [n] }))

const right = relu("right", (n) => n)

const tiny = (...rungs: Rung<Sizes>[]): Ladder => {
  const ladder: Ladder<Sizes> = {
    ...{ family: "tiny", name: "tiny", formula: "y[i] = max(x[i], 0)", form: "N[,M]", rungs },
    sizes: ([n]) => ({ n }),
    ...{ shapes: { some: "500" }, timed: ["some"] },
    odd: (random) => ({ n: 1 + random.integer(200) }),
    inputs: ({ n }) => ({ x: { shape: [n] } }),
    reference: (_, { x }) => ({ y: elementwise((value) => Math.max(value, 0))(x) }),
    ...{ terms: () => 1, flops: ({ n }) => n, bytes: ({ n }) => 8 * n },
  }
  return ladder as Ladder<never> as Ladder
}

const quiet: BenchEvents = { opened() {}, progress() {}, measured() {} }
const run = (ladder: Ladder, shapes: string[] = []) => runBench({ ladders: [ladder], shapes, rounds: 2 }, quiet)

describe("a ladder", () => {
  it("is timed rung by rung, beside what the adapter could do in the same run", async () => {
    const result = await run(
      tiny(
        right,
        relu("also right", (n) => n),
      ),
      ["some", "77"],
    )
    expect(allRight(result)).toBe(true)
    expect(result.ladders).toHaveLength(1)
    const [{ ladder, verified, shapes }] = result.ladders
    expect(ladder).toBe("tiny")
    expect(verified).toEqual({ right: 10, "also right": 10 })
    expect(shapes.map(({ shape, sizes, flops, bytes }) => ({ shape, sizes, flops, bytes }))).toEqual([
      { shape: "some", sizes: { n: 500 }, flops: 500, bytes: 4000 },
      { shape: "77", sizes: { n: 77 }, flops: 77, bytes: 616 },
    ])
    for (const { flops, bytes, rungs, ceilings, wrong, unfit } of shapes) {
      expect([wrong, unfit]).toEqual([[], []])
      expect(rungs.map(({ rung }) => rung)).toEqual(["right", "also right"])
      for (const { ms, margin, gflops, gbs, share } of rungs) {
        expect(ms).toBeGreaterThan(0)
        expect(margin).toBeGreaterThanOrEqual(0)
        expect(gflops).toBeCloseTo(flops / ms / 1e6, 9)
        expect(gbs).toBeCloseTo(bytes / ms / 1e6, 9)
        expect(share).toBeCloseTo(Math.max(flops / ceilings.gflops, bytes / ceilings.gbs) / 1e6 / ms, 9)
      }
      expect(rungs.some(({ fastest }) => fastest)).toBe(true)
    }
    expect(result.adapter.name).not.toBe("")
    expect(result.overheads.dispatch).toBeGreaterThan(0)
    expect(result.overheads.submit).toBeGreaterThan(0)
  })

  it.each<[string, Rung<Sizes>, RegExp]>([
    ["computes something else", relu("wrong", (n) => n, "sigmoid"), /y\[0\] is .*, the float64 reference says/],
    ["leaves elements out", relu("wrong", (n) => Math.max(1, n - 1)), /element \d+ was not written/],
    [
      "fits none of the sizes that it would be verified on",
      { name: "wrong", work: (sizes, adapter) => (sizes.n === 500 ? right.work(sizes, adapter) : undefined) },
      /fits none of 100 random sizes/,
    ],
    [
      "is right on small sizes only",
      {
        name: "wrong",
        work: (sizes, adapter) => (sizes.n < 500 ? right : relu("", (n) => n, "sigmoid")).work(sizes, adapter),
      },
      /wrong, against the first rung: y\[\d+\] is/,
    ],
  ])("does not time a rung that %s, and goes on", async (_, wrong, problem) => {
    const result = await run(tiny(right, wrong))
    expect(allRight(result)).toBe(false)
    const [{ shapes }] = result.ladders
    expect(shapes[0].rungs.map(({ rung }) => rung)).toEqual(["right"])
    expect(shapes[0].wrong).toEqual([{ rung: "wrong", problem: expect.stringMatching(problem) }])
  })

  it("does not time a rung that writes beside its output", async () => {
    // Written by the host, which no adapter's robustness keeps from it.
    const beside: Rung<Sizes> = {
      name: "beside",
      work: (sizes, adapter) => (gpu, inputs) => {
        const outputs = right.work(sizes, adapter)!(gpu, inputs)
        const { buffer, offset, size } = (outputs as Record<"y", typeof inputs.x>).y.slice
        if (buffer.size >= offset + size + 4) gpu.device.queue.writeBuffer(buffer, offset + size, new Float32Array(1))
        return outputs
      },
    }
    const [{ shapes }] = (await run(tiny(right, beside))).ladders
    expect(shapes[0].wrong).toEqual([{ rung: "beside", problem: expect.stringMatching(/outside of it, was written/) }])
  })

  it("says what does not fit its shape", async () => {
    const even: Rung<Sizes> = {
      name: "even",
      work: (sizes, adapter) => (sizes.n % 2 ? undefined : right.work(sizes, adapter)),
    }
    const [{ shapes }] = (await run(tiny(right, even), ["77"])).ladders
    expect(shapes[0]).toMatchObject({ unfit: ["even"], wrong: [] })
  })

  it("takes sizes by name, and as numbers with those left out that may be", () => {
    expect(["some", "5", "5,0", "5x9"].map((text) => parseShape(tiny(right), text))).toEqual([
      ...[{ n: 500 }, { n: 5 }, { n: 5 }, { n: 5 }],
    ])
    const refused = (text: string) => () => parseShape(tiny(right), text)
    for (const text of ["", "0", "1,2,3", "1.5", "-1", "none"]) {
      expect(refused(text)).toThrow(`--shape "${text}": tiny wants whole numbers N[,M], or one of some`)
    }
  })

  it("says why numbers make no sense together", () => {
    const conv2d = LADDERS.find(({ name }) => name === "conv2d_forward")!
    expect(() => parseShape(conv2d, "1x1x2x2,4,5,1,0")).toThrow(/--shape "1x1x2x2,4,5,1,0": conv2d: a kernel of 5/)
  })
})

describe("the ladders that there are", () => {
  const names = LADDERS.map(({ name }) => name)

  it("have names of their own, shapes in their own form, and rungs of different names", () => {
    expect(new Set(names).size).toBe(names.length)
    for (const ladder of LADDERS) {
      for (const text of Object.values(ladder.shapes)) expect(parseShape(ladder, text)).toBeTypeOf("object")
      expect(Object.keys(ladder.shapes)).toEqual(expect.arrayContaining(ladder.timed))
      const rungs = ladder.rungs.map(({ name }) => name)
      expect(new Set(rungs).size).toBe(rungs.length)
      expect(rungs.length).toBeGreaterThan(1)
    }
  })

  it.each(LADDERS)("$name: each rung agrees with float64 on random odd sizes", async (ladder) => {
    const examples = new Examples(ladder, 2)
    const shapes = Object.values(ladder.shapes).map((text) => parseShape(ladder, text))
    // Not all are for this adapter.
    const here = ladder.rungs.filter((rung) => shapes.some((sizes) => rung.work(sizes, gpu.adapter)))
    for (const rung of here) if (rung.unrolled !== false) await examples.verify(gpu, rung)
    expect(Object.values(examples.verified).every((count) => count === 2)).toBe(true)
    expect(Object.keys(examples.verified).length).toBeGreaterThan(1)
  })
})

describe("the plot", () => {
  it("shows each rung under the two ceilings of its panel", async () => {
    const result = await run(
      tiny(
        right,
        relu("also right", (n) => n),
      ),
    )
    const svg = await rooflineSvg(result)
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\s*$/)
    const { gflops, gbs } = result.ladders[0].shapes[0].ceilings
    const texts = [...svg.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text)
    const roof = [`${gflops.toPrecision(3)} GFLOP/s in registers`, `${gbs.toPrecision(2)} GB/s copying`]
    expect(texts).toEqual(expect.arrayContaining(["tiny  some", "FLOP a byte", "GFLOP/s", ...roof]))
    expect(texts.filter((text) => /^(also )?right {2}[\d.e-]+$/.test(text))).toHaveLength(2)
    expect(texts.some((text) => text.startsWith(result.adapter.name))).toBe(true)
  })

  it.each([1.01, 9.99])("keeps labels that have no room within the axes: rungs at %d", async (gflops) => {
    const result = await run(tiny(right))
    const [shape] = result.ladders[0].shapes
    shape.rungs = ["a", "b", "c"].map((rung) => ({ ...shape.rungs[0], rung, gflops }))
    shape.ceilings.gflops = gflops
    const svg = await rooflineSvg(result)
    for (const rung of ["a", "b", "c"]) expect(svg).toContain(`>${rung}  ${gflops.toFixed(2)}</text>`)
  })

  it("moves labels no further than they need to be apart", () => {
    expect(spread([0, 100], 10)).toEqual([0, 100])
    expect(spread([50, 50, 50], 10)).toEqual([40, 50, 60])
    expect(spread([0, 2, 100], 10)).toEqual([-4, 6, 100])
    expect(spread([], 10)).toEqual([])
  })
})

describe("a training step", () => {
  it("is timed as a whole and by its kernels, whose operations come to those of its layers", async () => {
    const { steps } = await runSteps(
      { networks: new Map([["refnet-s", { network: build(refNetS), size: refNetS.size }]]), rounds: 2 },
      () => {},
    )
    const [step] = steps
    // The figure of the issue that every comparison uses: forward, and both gradients but that of
    // the images.
    expect(step.flops / 1e9).toBeCloseTo(1.94, 2)
    expect(step).toMatchObject({ network: "refnet-s", batch: 32, size: 64, parameters: 285_569, submits: 1 })
    expect(step.gflops).toBeCloseTo(step.flops / step.ms / 1e6, 9)
    for (const part of [step.javascriptMicroseconds, step.hostMicroseconds, step.opsMicroseconds])
      expect(part).toBeGreaterThan(0)
    expect(step.pipelines).toBeGreaterThan(5)
    const { kernels } = step
    if (!gpu.device.features.has("timestamp-query")) return expect(kernels).toBeUndefined()
    expect(kernels!.reduce((all, { dispatches }) => all + dispatches, 0)).toBe(step.dispatches)
    expect(kernels!.reduce((all, { share }) => all + share, 0)).toBeCloseTo(1, 9)
    const flops = kernels!.reduce((all, { gflops = 0, ms }) => all + gflops * ms * 1e6, 0)
    expect(flops / step.flops).toBeCloseTo(1, 6)
  })
})

it("knows the operations of kernels that multiply, and of no others", () => {
  const sizes = { n: 2, c: 3, h: 8, w: 8, o: 5, oh: 6, ow: 6 }
  expect(dispatchFlops("conv2d", { ...sizes, kh: 3, kw: 3 }, {})).toBe(2 * 2 * 3 * 5 * 36 * 9)
  expect(dispatchFlops("conv2d_tile", { ...sizes, flip: 0 }, { K: 3 })).toBe(2 * 2 * 3 * 5 * 36 * 9)
  expect(dispatchFlops("conv2d_tile", { ...sizes, flip: 1 }, { K: 3 })).toBe(2 * 2 * 3 * 5 * 64 * 9)
  expect(dispatchFlops("conv2d", { ...sizes, c: 4, o: 6, groups: 2, kh: 3, kw: 3 }, {})).toBe(2 * 2 * 6 * 2 * 36 * 9)
  const { o: _, ...depthwise } = sizes
  for (const pass of ["", "_backward_input", "_backward_weight"])
    expect(dispatchFlops(`conv2d${pass}_depthwise`, depthwise, { K: 3 })).toBe(2 * 2 * 3 * 36 * 9)
  expect(dispatchFlops("dense", { n: 2, o: 5, f: 7 }, {})).toBe(2 * 70)
  expect(dispatchFlops("dense_backward", { n: 2, o: 5, f: 7, want_dx: 1, want_dw: 1, want_db: 1 }, {})).toBe(4 * 70)
  expect(dispatchFlops("matmul", { m: 2, k: 5, n: 7 }, {})).toBe(2 * 70)
  for (const kernel of ["conv2d_backward_bias", "conv2d_backward_weight_sum", "matmul_tile_sum", "relu", "adam"])
    expect(dispatchFlops(kernel, sizes, {})).toBeUndefined()
})
