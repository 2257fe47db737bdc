/**
 * Numbers from the host to the adapter and back.
 *
 * `npx cnn bench transfer` on two cores with nothing else to do, 2026-11-24.
 *
 * Up, a batch of images:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: 4 KiB at a time                                                          0.47    0.52
 *     chosen: all at once                                                             2.60    1.86
 *
 * Down:
 *
 *                                                                                    Swift    lava
 *     GB/s                                                                          Shader    pipe
 *     plain: a new staging buffer each time                                           0.44    0.41
 *     chosen: staging buffers that are kept                                           0.48    0.62
 */

import type { Ladder, Rung } from "./ladder.ts"
import { plain } from "./reference/gradcheck.ts"

interface Sizes {
  n: number
}

const common: Omit<Ladder<Sizes>, "name" | "formula" | "inputs" | "reference" | "rungs"> = {
  family: "transfer",
  form: "N",
  sizes: ([n]) => ({ n }),
  shapes: { loss: "1", batch: "131072", "batch-seed": "524288", large: "8388608" },
  timed: ["batch"],
  odd: (random) => ({ n: 1 + random.integer(3000) }),
  terms: () => 1,
  flops: () => 0,
  bytes: ({ n }) => 4 * n,
  roofless: true,
}

/** What is sent: the host's own numbers. */
const numbers = (n: number): Float32Array<ArrayBuffer> => new Float32Array(n).map((_, i) => i % 4099)

const writing = (name: string, most: number): Rung<Sizes> => ({
  name,
  kernelless: true,
  work({ n }) {
    const data = numbers(n)
    return (gpu) => {
      const y = gpu.empty([n])
      const { buffer, offset } = y.slice
      for (let at = 0; at < n; at += most) {
        gpu.device.queue.writeBuffer(buffer, offset + 4 * at, data.subarray(at, at + most))
      }
      return { y }
    }
  },
})

export const upload: Ladder<Sizes> = {
  ...common,
  name: "upload",
  formula: "y[i] = i % 4099, from the host",
  inputs: () => ({}),
  reference: ({ n }) => ({ y: plain([n], numbers(n)) }),
  rungs: [writing("plain: 4 KiB at a time", 1024), writing("chosen: all at once", Number.POSITIVE_INFINITY)],
}

export const download: Ladder<Sizes> = {
  ...common,
  name: "download",
  formula: "y[i] = x[i], to the host",
  inputs: ({ n }) => ({ x: { shape: [n] } }),
  reference: (_, { x }) => ({ y: x }),
  rungs: [
    {
      name: "plain: a new staging buffer each time",
      kernelless: true,
      work:
        ({ n }) =>
        async (gpu, { x }) => {
          gpu.flush()
          const { device } = gpu
          const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
          const staging = device.createBuffer({ size: 4 * n, usage })
          const encoder = device.createCommandEncoder()
          encoder.copyBufferToBuffer(x.slice.buffer, x.slice.offset, staging, 0, 4 * n)
          device.queue.submit([encoder.finish()])
          await staging.mapAsync(GPUMapMode.READ)
          const y = new Float32Array(staging.getMappedRange().slice(0))
          staging.destroy()
          return { y }
        },
    },
    {
      name: "chosen: staging buffers that are kept",
      kernelless: true,
      work:
        () =>
        async (_, { x }) => ({ y: await x.read() }),
    },
  ],
}
