/** `cnn bench` as users run it. */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import type { BenchResult } from "../../bench/run.ts"
import { cnn } from "../support/cli.ts"
import { tempFolder } from "../support/temp_folder.ts"

const FEW = ["--rounds", "2"]

it("prints each rung with its figures, and writes them with a plot", async () => {
  const out = path.join(await tempFolder(), "some", "results")
  const args = ["bench", "relu", "adam", "--shape", "3000", "--out", out, ...FEW]
  const { code, stdout, stderr } = await cnn(args)
  expect([code, stderr]).toEqual([0, ""])
  expect(stdout).toMatch(/a dispatch [\d.]+ us, a submit and the wait for it [\d.]+ us/)
  expect(stdout).toMatch(/^= no other rung is faster but by chance; ± 95 % margin of the mean/m)
  expect(stdout).toMatch(/^relu 3000: n 3000$/m)
  expect(stdout).toMatch(/the adapter [\d.]+ GFLOP\/s in registers, [\d.]+ GB\/s copying/)
  expect(stdout).toMatch(/rung +ms +± +(kernels +)?GFLOP\/s +GB\/s +of roof +compile +first/)
  expect(stdout).toMatch(/^[= ] plain: a thread an element( +[\d.]+){2,} % /m)
  expect(stdout).toMatch(/^adam 3000: n 3000, parameters 10$/m)
  expect(stdout.trimEnd().split("\n").slice(-2)).toEqual([
    path.join(out, "results.json"),
    path.join(out, "roofline.svg"),
  ])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would be sent
  expect(stdout).not.toMatch(/\u001b|\r/)

  const result: BenchResult = JSON.parse(readFileSync(path.join(out, "results.json"), "utf8"))
  expect(result.ladders.map(({ ladder }) => ladder)).toEqual(["relu", "adam"])
  expect(readFileSync(path.join(out, "roofline.svg"), "utf8")).toContain("relu  3000")

  const before = readdirSync(out)
  const again = await cnn(args)
  expect(again.code).toBe(1)
  expect(again.stderr).toMatch(/results: the folder holds 2 files already, and nothing is overwritten/)
  expect([again.stdout, readdirSync(out)]).toEqual(["", before])
})

it("prints one JSON document, and no plot of what has no roofline", async () => {
  const out = path.join(await tempFolder(), "results")
  const { code, stdout, stderr } = await cnn(["bench", "upload", "--shape", "1000", "--json", "--out", out, ...FEW])
  expect([code, stderr]).toEqual([0, ""])
  const result: BenchResult = JSON.parse(stdout)
  expect(JSON.parse(readFileSync(path.join(out, "results.json"), "utf8"))).toEqual(result)
  expect(readdirSync(out)).toEqual(["results.json"])
  expect(result).toMatchObject({
    rounds: 2,
    adapter: { exact: process.env.CNN_EXACT === "1" },
    ladders: [{ ladder: "upload", family: "transfer" }],
  })
  const [{ rungs }] = result.ladders[0].shapes
  for (const { ms, gbs, share } of rungs) {
    expect(ms).toBeGreaterThan(0)
    expect(gbs).toBeGreaterThan(0)
    expect(share).toBeUndefined()
  }
})

it("times whole training steps, and each of their kernels", async () => {
  const { code, stdout, stderr } = await cnn(["bench", "--step", "small", ...FEW])
  expect([code, stderr]).toEqual([0, ""])
  expect(stdout).toMatch(/^small: 32 images of 80x80, \d+ parameters, [\d.]+ GFLOP per step$/m)
  expect(stdout).toMatch(/[\d.]+ ms per step ± \d+ %, [\d.]+ GFLOP\/s, [\d.]+ % of the adapter's [\d.]+/)
  expect(stdout).toMatch(/\d+ dispatches, 1 submit, [\d.]+ us of JavaScript per dispatch/)
  expect(stdout).toMatch(/\d+ pipelines compiled in [\d.]+ ms, the first step after that [\d.]+ ms/)
  expect(stdout).toMatch(/kernel +dispatches +ms +share +GFLOP\/s|no timestamps/)
})

it.each([
  [["conv3d"], /no family is called "conv3d"; there are conv2d, conv2d_forward, /],
  [["relu", "--shape", "a lot"], /--shape "a lot": relu wants whole numbers N, or one of /],
  [["relu", "conv2d", "--shape", "1000"], /--shape "1000": conv2d_forward wants whole numbers NxCxHxW,O,K/],
  [["--rounds", "1"], /--rounds is "1"; expected a whole number from 2 to 1000/],
  [
    ["--step", "resnet"],
    /--step is "resnet"; expected small, reference, resnet18, mobilenet_v2, refnet-s, refnet-m or a file/,
  ],
  [["relu", "--step"], /--step takes networks, and neither families nor --shape/],
])("refuses %j and says what it expects", async (args, message) => {
  const { code, stdout, stderr } = await cnn(["bench", ...args])
  expect(code).toBe(2)
  expect(stdout).toBe("")
  expect(stderr).toMatch(message)
})
