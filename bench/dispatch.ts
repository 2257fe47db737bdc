/**
 * What it costs to have a kernel run that does nothing, by how the commands are given.
 *
 * `npx cnn bench dispatch` on two cores with nothing else to do, 2026-11-24.
 *
 * A hundred dispatches, milliseconds:
 *
 *                                                                                    Swift    lava
 *     ms                                                                            Shader    pipe
 *     plain: a submit each, and the wait for it                                       13.9    19.1
 *     a submit each, and one wait                                                     4.56    3.96
 *     one pass for all: one submit                                                    2.69    2.34
 *     chosen: recorded once, and replayed                                             2.19    4.44
 *
 * Short as they are, these figures jump most of all from run to run.
 */
import type { Recording } from "../src/gpu/recording.ts"
import type { Ladder } from "./ladder.ts"
import { plain } from "./reference/gradcheck.ts"

interface Sizes {
  dispatches: number
}

export const dispatches: Ladder<Sizes> = {
  family: "dispatch",
  name: "dispatch",
  formula: "y[0] += 1, so many times",
  form: "DISPATCHES",
  sizes: ([dispatches]) => ({ dispatches }),
  shapes: { step: "25", hundred: "100", thousand: "1000" },
  timed: ["hundred"],
  odd: (random) => ({ dispatches: 1 + random.integer(30) }),
  inputs: () => ({ y: { shape: [1], draw: () => new Float32Array(1) } }),
  reference: ({ dispatches }, { y }) => ({ y: plain([1], [y.data[0] + dispatches]) }),
  terms: () => 1,
  flops: () => 0,
  bytes: () => 0,
  roofless: true,
  rungs: [
    {
      name: "plain: a submit each, and the wait for it",
      // Nothing that waits can be planned ahead.
      kernelless: true,
      work:
        ({ dispatches }) =>
        async (gpu, { y }) => {
          for (let i = 0; i < dispatches; i++) {
            gpu.run("count", { y }, {}, [1])
            await gpu.done()
          }
          return { y }
        },
    },
    {
      name: "a submit each",
      work:
        ({ dispatches }) =>
        (gpu, { y }) => {
          for (let i = 0; i < dispatches; i++) {
            gpu.run("count", { y }, {}, [1])
            gpu.flush()
          }
          return { y }
        },
    },
    {
      name: "one pass for all",
      work:
        ({ dispatches }) =>
        (gpu, { y }) => {
          for (let i = 0; i < dispatches; i++) gpu.run("count", { y }, {}, [1])
          return { y }
        },
    },
    {
      name: "chosen: recorded, and replayed",
      // A recording is of what runs, not of a plan.
      kernelless: true,
      work({ dispatches }) {
        let recording: Recording<void> | undefined
        return (gpu, { y }) => {
          const body = () => {
            for (let i = 0; i < dispatches; i++) gpu.run("count", { y }, {}, [1])
          }
          if (recording) recording.replay()
          else recording = gpu.record(body)
          return { y }
        }
      },
    },
  ],
}
