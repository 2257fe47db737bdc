import { expect, it } from "vitest"
import { interleaved, slower } from "../../bench/timing.ts"

it("the bench's clock tells fast from slow, and a task from itself not", async () => {
  const calls = [0, 0]
  const task = (i: number, ms: number) => async () => {
    calls[i]++
    const end = performance.now() + ms
    while (performance.now() < end);
  }
  // Far enough apart for a machine that is busy with other tests.
  const [a, b] = await interleaved([task(0, 2), task(1, 100)], 6)
  expect(a.wall).toBeGreaterThanOrEqual(2)
  expect(b.wall).toBeGreaterThanOrEqual(100)
  expect(a.turns.stats.sample).toHaveLength(6)
  expect([slower(b, a), slower(a, b), slower(a, a)]).toEqual([true, false, false])
  // Short tasks are repeated within a turn, so that the clock's own steps do not count.
  expect(calls[0]).toBeGreaterThan(calls[1])
  expect(a.spread).toBeGreaterThanOrEqual(0)
})

it("a task that fails fails the timing", async () => {
  let calls = 0
  const failing = async () => {
    if (calls++ > 2) throw new Error("device lost")
  }
  await expect(interleaved([failing], 3)).rejects.toThrow("device lost")
})
