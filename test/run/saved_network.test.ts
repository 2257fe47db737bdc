/** What the functions that load a network say to wrong arguments. */
import { describe, expect, it } from "vitest"
import { loadNetwork, Predictor } from "../../src/node.ts"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const FILE = "fold-0.safetensors"

describe.each<[string, (...args: never[]) => unknown]>([
  ["loadNetwork", loadNetwork],
  ["Predictor.open", Predictor.open],
])("%s", (name, load) => {
  it.each<[string, unknown[], string]>([
    ["the file first", [FILE, gpu], `the first argument is "${FILE}"`],
    ["the file alone", [FILE], `the first argument is "${FILE}"`],
    ["no await", [Promise.resolve(gpu), FILE], "the first argument is a promise, which lacks its await"],
    ["nothing", [], "the first argument is undefined"],
    ["no file", [gpu, { network: 1 }], "the second argument is of type Object"],
  ])("refuses %s", (_, args, message) => {
    expect(() => load(...(args as never[]))).toThrow(
      `${name}: ${message}; expected ${name}(gpu, file), with gpu from await openGpu()`,
    )
  })
})
