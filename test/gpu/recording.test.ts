/**
 * A recorded step does what its body did, with this step's data; whatever it could not do again is
 * refused.
 */
import { describe, expect, it } from "vitest"
import { draw } from "../../bench/reference/gradcheck.ts"
import {
  Adam,
  add,
  bceWithLogits,
  Dense,
  DropoutCounter,
  dropout,
  mul,
  relu,
  Sequential,
  sum,
  type Tensor,
} from "../../src/index.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()

const read = async (tensor: Tensor) => [...(await tensor.read())]
const constant = { requiresGrad: false }

/** relu(x + 1) of what `given` holds at the time. */
function reluOfNext(given: { x: number[] }) {
  return () => {
    const x = gpu.tensor([3], () => given.x, constant)
    return relu(add(x, gpu.ones([3])))
  }
}

/** Leaves other numbers in the arena's buffers. */
function otherStep(): void {
  for (let i = 0; i < 4; i++) gpu.tensor([3], [99, 99, 99])
  relu(gpu.tensor([3], [98, 97, 96]))
  gpu.endStep()
}

describe("a recording", () => {
  it("gives what its body gives for other data, and makes nothing", async () => {
    const given = { x: [1, 2, -3] }
    const recording = gpu.record(reluOfNext(given))
    expect(await read(recording.result)).toEqual([2, 3, 0])
    gpu.endStep()
    for (const x of [
      [4, -5, 6],
      [0, 1, -2],
    ]) {
      otherStep()
      given.x = x
      const { arena, counters } = gpu
      const before = { ...counters, buffers: arena.buffers }
      const y = recording.replay()
      expect(recording.length).toBe(3)
      expect({ ...counters, buffers: arena.buffers }).toEqual({
        ...before,
        dispatches: before.dispatches + 3,
        replays: before.replays + 1,
      })
      expect(await read(y)).toEqual(x.map((value) => Math.max(0, value + 1)))
      gpu.endStep()
      expect(gpu.counters.submits).toBe(before.submits + 1)
    }
  })

  it("stands among other ops of its step as its body did", async () => {
    const given = { x: [1, 2, -3] }
    const step = (middle: () => Tensor) => {
      const before = relu(gpu.tensor([3], [-1, 5, 6]))
      const y = middle()
      return [before, y, mul(before, y), gpu.tensor([3], [7, 8, 9])]
    }
    const numbers = (tensors: Tensor[]) => Promise.all(tensors.map(read))
    let recording: ReturnType<typeof gpu.record<Tensor>> | undefined
    const recorded = step(() => (recording = gpu.record(reluOfNext(given))).result)
    expect(await numbers(recorded)).toEqual([
      [0, 5, 6],
      [2, 3, 0],
      [0, 15, 0],
      [7, 8, 9],
    ])
    gpu.endStep()
    otherStep()
    given.x = [3, -4, 5]
    expect(await numbers(step(() => recording!.replay()))).toEqual([
      [0, 5, 6],
      [4, 0, 6],
      [0, 0, 36],
      [7, 8, 9],
    ])
    gpu.endStep()
    // With nothing before it.
    expect(await read(recording!.replay())).toEqual([4, 0, 6])
    gpu.endStep()
    // With more before it than there was.
    const kept = Array.from({ length: 4 }, (_, i) => gpu.tensor([3], [i, i, i]))
    expect(await read(recording!.replay())).toEqual([4, 0, 6])
    expect(await numbers(kept)).toEqual([0, 1, 2, 3].map((i) => [i, i, i]))
    gpu.endStep()
  })

  it("is replayed once a step, and its tensors end with it", async () => {
    const recording = gpu.record(reluOfNext({ x: [1, 2, -3] }))
    gpu.endStep()
    await expect(recording.result.read()).rejects.toThrow(/ended with it/)
    const y = recording.replay()
    expect(() => recording.replay()).toThrow(/Replay once a step/)
    expect(await read(y)).toEqual([2, 3, 0])
    gpu.endStep()
    await expect(y.read()).rejects.toThrow(/ended with it/)
  })

  it("shares memory with recordings of other sizes", async () => {
    const of = (n: number) => {
      const given = { x: draw([n], n) }
      const y = () =>
        sum(
          mul(
            gpu.tensor([n], () => given.x, constant),
            gpu.ones([n]),
          ),
        )
      const recording = gpu.record(y)
      gpu.endStep()
      y()
      gpu.endStep()
      return { given, recording, y }
    }
    // The second one wants larger blocks than there are, and the first one moves into them.
    const both = [of(500), of(5000)]
    both[0].recording.replay()
    gpu.endStep()
    const made = () => ({ buffers: gpu.arena.buffers, bytes: gpu.arena.bytes, groups: gpu.counters.bindGroups })
    const before = made()
    for (let i = 0; i < 6; i++) {
      const { given, recording, y } = both[i % 2]
      given.x = draw([given.x.length], i)
      const recorded = await read(recording.replay())
      gpu.endStep()
      expect(recorded).toEqual(await read(y()))
      gpu.endStep()
    }
    expect(made()).toEqual(before)
    of(400)
    expect(gpu.arena.bytes - before.bytes).toBeLessThan(4 * 4 * 400)
    await gpu.fits([])
    expect(gpu.arena.bytes).toBeLessThan(before.bytes)
    const { given, recording } = both[1]
    given.x = new Float32Array(5000).fill(3)
    expect(await read(recording.replay())).toEqual([15000])
    gpu.endStep()
  })

  it("stands beside another one of its step, and refuses one that shares its memory", async () => {
    const [first, second] = [1, 2].map((value) =>
      gpu.record(() => relu(gpu.tensor([3], () => [value, value, value], constant))),
    )
    expect([await read(first.result), await read(second.result)]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ])
    gpu.endStep()
    const third = gpu.record(() => relu(gpu.tensor([3], () => [-3, 3, 3], constant)))
    const y = second.replay()
    expect(() => first.replay()).toThrow(/^replay: memory that the recording works in is in use in this step\. Replay/)
    expect([await read(third.result), await read(y)]).toEqual([
      [0, 3, 3],
      [2, 2, 2],
    ])
    gpu.endStep()
  })

  it("works where all of its tensors are persistent", async () => {
    const [x, y] = [gpu.persistent([3], [1, -2, 3]), gpu.persistent([3])]
    const recording = gpu.record(() => gpu.run("relu", { x, y }, { n: 3 }, [1]))
    expect(await read(y)).toEqual([1, 0, 3])
    gpu.endStep()
    gpu.write(x.slice, Float32Array.of(4, 5, -6))
    recording.replay()
    expect(await read(y)).toEqual([4, 5, 0])
    gpu.endStep()
  })

  it("waits with its writes for the commands before it that still need what was there", async () => {
    const held = gpu.persistent([3], [1, 2, 3])
    const given = { x: [1, 1, 1] }
    const recording = gpu.record(() => {
      gpu.eachTime(() => gpu.write(held.slice, Float32Array.from(given.x)))
      return relu(held)
    })
    gpu.endStep()
    const before = sum(held)
    given.x = [2, 2, 2]
    const [now, then] = [recording.replay(), before]
    expect([await read(now), await read(then)]).toEqual([[2, 2, 2], [3]])
    // And a write after it waits for what it does.
    gpu.endStep()
    const y = recording.replay()
    gpu.write(held.slice, new Float32Array(3))
    expect(await read(y)).toEqual([2, 2, 2])
    gpu.endStep()
  })

  it.runIf(gpu.device.features.has("timestamp-query"))("has a time for each of its dispatches in a trace", async () => {
    const recording = gpu.record(reluOfNext({ x: [1, 2, -3] }))
    gpu.endStep()
    gpu.startTrace()
    const y = recording.replay()
    expect(await read(y)).toEqual([2, 3, 0])
    expect((await gpu.takeTrace()).map(({ kernel }) => kernel)).toEqual(["fill", "binary", "relu"])
    gpu.endStep()
  })
})

describe("what a recording's body makes", () => {
  it("shares memory where it is not needed at the same time, and is then refused", async () => {
    const seen: Record<string, Tensor> = {}
    const n = 10_000
    const before = gpu.arena.bytes
    await gpu.fits([])
    const recording = gpu.record(() => {
      let y = gpu.tensor([n], () => new Float32Array(n).fill(1), constant)
      for (let i = 0; i < 20; i++) seen[i] = y = relu(add(y, gpu.ones([n])))
      return { last: y, more: [seen[18]] }
    })
    expect(gpu.arena.bytes - before).toBeLessThan(6 * 4 * n)
    for (const _ of ["recorded", "replayed"]) {
      expect((await seen[18].read())[n - 1]).toBe(20)
      expect((await recording.result.last.read())[0]).toBe(21)
      await expect(seen[17].read()).rejects.toThrow(
        /^tensor \[10000\] was made in a recording, which gave its memory back after the last op that used it\. Return/,
      )
      expect(() => add(seen[17], seen[18])).toThrow(/gave its memory back/)
      expect(() => gpu.record(() => relu(seen[17]))).toThrow(/gave its memory back/)
      gpu.endStep()
      recording.replay()
    }
    expect(() => gpu.record(() => relu(seen[18]))).toThrow(/was made in this step before the recording/)
    gpu.endStep()
  })

  it("has the gradients of what is returned", async () => {
    const recording = gpu.record(() => {
      const x = gpu.tensor([3], () => [1, 2, 3])
      const hidden = mul(x, x)
      sum(hidden).backward()
      return { x, hidden }
    })
    const { x, hidden } = recording.result
    expect([await read(x.grad!), await read(hidden), await read(hidden.grad!)]).toEqual([
      [2, 4, 6],
      [1, 4, 9],
      [1, 1, 1],
    ])
    gpu.endStep()
  })

  it("stays where backward may come later", async () => {
    const given = { x: [1, 2, 3] }
    const recording = gpu.record(() => {
      const x = gpu.tensor([3], () => given.x)
      return [x, sum(mul(x, x))]
    })
    gpu.endStep()
    given.x = [4, 5, 6]
    const [x, y] = recording.replay()
    y.backward()
    expect([await read(x.grad!), await read(y)]).toEqual([[8, 10, 12], [77]])
    gpu.endStep()
  })

  it("is gone where the body fails", async () => {
    let made: Tensor | undefined
    const failing = () =>
      gpu.record(() => {
        made = relu(gpu.ones([3]))
        throw new Error("inside")
      })
    expect(failing).toThrow("inside")
    await expect(made!.read()).rejects.toThrow(/gave its memory back/)
    gpu.endStep()
  })
})

describe("gradients and updates of a recording", () => {
  const network = () => new Sequential(new Dense(4, 3), new Dense(3, 1)).to(gpu, { seed: 2 })
  const batch = (i: number) => ({ x: draw([5, 4], i), t: [0, 1, 1, 0, i % 2] })
  const lossOf = (model: Sequential, given: () => ReturnType<typeof batch>) => {
    const x = gpu.tensor([5, 4], () => given().x, constant)
    return bceWithLogits(
      model.forward(x),
      gpu.tensor([5, 1], () => given().t, constant),
    )
  }
  const parameters = (model: Sequential) => Promise.all(model.parameters().map(read))

  /**
   * Parameters after six steps of two recordings in turn, the second one without a part of its ops
   * in the recording.
   */
  async function trained(step: (model: Sequential, adam: Adam) => (i: number) => void) {
    const model = network()
    const adam = new Adam(model.parameters(), { lr: 0.1 })
    const one = step(model, adam)
    for (let i = 0; i < 6; i++) {
      adam.lr = 0.1 / (i + 1)
      one(i)
      gpu.endStep()
    }
    expect(adam.steps).toBe(6)
    return parameters(model)
  }

  it("are those of the ops one by one, also where the optimiser or all but the forward stays outside", async () => {
    const plain = await trained((model, adam) => (i) => {
      lossOf(model, () => batch(i)).backward()
      adam.step()
    })
    let now = 0
    const given = () => batch(now)
    const recorded = (body: (model: Sequential, adam: Adam) => Tensor, after: (loss: Tensor, adam: Adam) => void) =>
      trained((model, adam) => {
        const make = () => gpu.record(() => body(model, adam))
        // Two, as there are for two batch sizes.
        const recordings: ReturnType<typeof make>[] = []
        return (i) => {
          now = i
          const known = recordings[i % 2]
          after(known ? known.replay() : (recordings[i % 2] = make()).result, adam)
        }
      })
    const everything = (model: Sequential, adam: Adam) => {
      const loss = lossOf(model, given)
      loss.backward()
      adam.step()
      return loss
    }
    const gradients = (model: Sequential) => {
      const loss = lossOf(model, given)
      loss.backward()
      return loss
    }
    expect(await recorded(everything, () => {})).toEqual(plain)
    expect(await recorded(gradients, (_, adam) => adam.step())).toEqual(plain)
    expect(
      await recorded(
        (model) => lossOf(model, given),
        (loss, adam) => {
          loss.backward()
          adam.step()
        },
      ),
    ).toEqual(plain)
  })

  it("can be added to after a replay, and not before", async () => {
    const model = network()
    const [weight] = model.parameters()
    const body = () => lossOf(model, () => batch(1)).backward()
    body()
    const single = await read(weight.grad!)
    gpu.endStep()
    const recording = gpu.record(body)
    gpu.endStep()
    recording.replay()
    expect(await read(weight.grad!)).toEqual(single)
    body()
    expect(await read(weight.grad!)).toEqual(single.map((value) => 2 * value))
    gpu.endStep()
    const outside = /parameter 1.bias \[1\] has a gradient from outside the recording in this step/
    const inner = bceWithLogits(model.forward(gpu.persistent([5, 4])), gpu.persistent([5, 1]))
    inner.backward()
    expect(() => gpu.record(body)).toThrow(outside)
    gpu.endStep()
  })

  it("are whole where a body goes backward twice", async () => {
    const model = network()
    const [weight] = model.parameters()
    const body = () => {
      for (const i of [1, 2]) lossOf(model, () => batch(i)).backward()
    }
    body()
    const expected = await read(weight.grad!)
    gpu.endStep()
    const recording = gpu.record(body)
    expect(await read(weight.grad!)).toEqual(expected)
    gpu.endStep()
    otherStep()
    recording.replay()
    expect(await read(weight.grad!)).toEqual(expected)
    gpu.endStep()
  })
})

describe("what is refused while a body is recorded", () => {
  const one = () => gpu.tensor([3], () => [1, 2, 3])
  const counter = new DropoutCounter()
  const held = gpu.persistent([3])
  it.each<[string, () => unknown, RegExp]>([
    [
      "host data that would stay the same",
      () => gpu.tensor([3], [1, 2, 3]),
      /writes host data.*gpu\.tensor a function/,
    ],
    ["a write outside of eachTime", () => gpu.write(held.slice, new Float32Array(3)), /writes host data.*eachTime/],
    [
      "a write between two dispatches that use the buffer",
      () => {
        relu(held)
        gpu.eachTime(() => gpu.write(held.slice, new Float32Array(3)))
        relu(held)
      },
      /a buffer that a dispatch before it uses/,
    ],
    [
      "two draws of one dropout's counter",
      () => dropout(dropout(one(), { counter }), { counter }),
      /a buffer that a dispatch before it uses/,
    ],
    ["a dispatch as host work", () => gpu.eachTime(() => void gpu.ones([3])), /fill is a dispatch/],
    ["the end of the step", () => gpu.endStep(), /must not end the step/],
    ["a recording", () => gpu.record(one), /record: not inside a recording's body/],
  ])("%s", async (_, body, message) => {
    expect(() => gpu.record(body)).toThrow(message)
    expect(gpu.recording).toBe(false)
    // All goes on as if nothing had been.
    expect(await read(relu(gpu.tensor([3], [-1, 2, 3])))).toEqual([0, 2, 3])
    gpu.endStep()
  })

  it("a tensor from before, which ends with the step", () => {
    const x = gpu.tensor([3], [1, 2, 3])
    expect(() => gpu.record(() => relu(x))).toThrow(/x of relu was made in this step before the recording/)
    gpu.endStep()
  })

  it("reading, and compiling", async () => {
    const tried: Promise<unknown>[] = []
    const recording = gpu.record(() => {
      const y = relu(one())
      tried.push(y.read(), gpu.compile(one))
      return y
    })
    const [read1, compiled] = await Promise.allSettled(tried)
    expect(`${(read1 as PromiseRejectedResult).reason}`).toMatch(/read: not inside a recording's body/)
    expect(`${(compiled as PromiseRejectedResult).reason}`).toMatch(/compile: not inside a recording's body/)
    expect(await read(recording.result)).toEqual([1, 2, 3])
    gpu.endStep()
  })

  it("recording and replaying, while compile plans", async () => {
    const recording = gpu.record(one)
    gpu.endStep()
    await expect(gpu.compile(() => void gpu.record(one))).rejects.toThrow(/record: not inside compile/)
    await expect(gpu.compile(() => void recording.replay())).rejects.toThrow(/replay: not inside compile/)
  })
})
