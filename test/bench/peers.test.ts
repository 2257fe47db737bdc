/**
 * What the comparison with the peers rests on, as far as it needs no network: the peers themselves
 * .ci/run installs and runs.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { disagreements, furthest } from "../../bench/agreement.ts"
import { BATCH, build, refNetM, refNetS, stepFlops } from "../../bench/refnet.ts"
import { workloadOf } from "../../bench/workload.ts"

const MAIN = fileURLToPath(new URL("../../bench/peers/main.mjs", import.meta.url))

const benchPeers = (...args: string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) =>
    execFile(process.execPath, [MAIN, ...args], { timeout: 100_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  )

it("trains in a process of its own, and says from what, on what and how fast", async () => {
  const { code, stdout, stderr } = await benchPeers("--peers", "ours", "--net", "S", "--steps", "1", "--json")
  expect(code, stderr).toBe(0)
  const { versions, nets } = JSON.parse(stdout)
  expect(versions).toEqual({ ours: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
  const [{ net, adapter, peers, disagreements: wrong }] = nets
  expect({ net, wrong, kind: typeof adapter.name }).toEqual({ net: "RefNet-S", wrong: [], kind: "string" })
  const [{ first, turns, ms, dispatches, gflops, losses }] = peers
  expect(turns).toEqual([ms])
  expect(gflops).toBeCloseTo(stepFlops(refNetS) / ms / 1e6)
  expect(first).toBeGreaterThan(0)
  expect(dispatches).toBeGreaterThan(0)
  expect(losses).toEqual([expect.any(Number), expect.any(Number)])
})

it("gives a peer no more time than its budget, and says so", async () => {
  const { code, stdout } = await benchPeers("--peers", "ours", "--net", "M", "--budget", "0.01")
  expect(code).toBe(0)
  expect(stdout).toContain("ours had not done a step when its time was over.")
})

it.each([
  { args: ["--net", "L"], said: /--net is "L"; expected S, M/ },
  { args: ["--peers", "ours,theirs"], said: /--peers has "theirs"; there are ours, jax, tfjs/ },
  { args: ["--peers", "ours,ours"], said: /--peers names one twice/ },
  { args: ["--steps", "0"], said: /--steps is "0"; expected a whole number of 1 or more/ },
  { args: ["--budget", "soon"], said: /--budget is "soon"; expected a number over 0/ },
  { args: ["--step", "2"], said: /Unknown argument: step/ },
])("refuses $args", async ({ args, said }) => {
  const { code, stderr } = await benchPeers(...args)
  expect(code).toBe(2)
  expect(stderr).toMatch(said)
})

it("names the peer and the step where losses part", () => {
  const reference = { name: "PyTorch", losses: [0.5, 0.4, 0.3] }
  const near = { name: "near", losses: [0.5001, 0.3999] }
  const far = { name: "far", losses: [0.5, 0.401, 0.1] }
  const none = { name: "none", losses: [0.5, Number.NaN, 0.3] }
  expect(disagreements([near, reference], reference, 1e-3)).toEqual([])
  expect(disagreements([near, far, none], reference, 1e-3)).toEqual([
    "step 1: the loss of far is 0.401, of PyTorch 0.4; 0.001 is allowed",
    "step 1: the loss of none is NaN, of PyTorch 0.4; 0.001 is allowed",
  ])
  expect(furthest(near, reference)).toBeCloseTo(2.5e-4)
})

it("counts the operations of a step as the files of PyTorch's losses do", () => {
  expect(stepFlops(refNetS)).toBe(1_937_780_736)
  expect(stepFlops(refNetM)).toBe(11_374_977_024)
})

it("draws weights and a batch that anyone can draw again, where PyTorch's are not there", () => {
  const nowhere = new URL("nowhere/", import.meta.url)
  const { weights, x, y, source, losses } = workloadOf(refNetS, nowhere)
  expect({ source, losses }).toEqual({ source: "drawn", losses: undefined })
  expect(workloadOf(refNetS, nowhere)).toEqual({ weights, x, y, source })
  const specs = [...build(refNetS).modules()].flatMap(([path, module]) =>
    Object.entries(module.parameterSpecs()).map(([key, { shape }]) => [`${path}.${key}`, shape]),
  )
  expect([...weights].map(([name, { shape }]) => [name, shape])).toEqual(specs)
  expect(x.shape).toEqual([BATCH, 1, 64, 64])
  expect(x.data).toHaveLength(BATCH * 64 * 64)
  for (const [n, label] of y.data.entries()) {
    const pixels = x.data.subarray(n * 4096, (n + 1) * 4096)
    expect(pixels.reduce((a, b) => a + b) / 4096).toBeCloseTo(label - 0.5, 1)
  }
  expect(new Set(y.data)).toEqual(new Set([0, 1]))
})
