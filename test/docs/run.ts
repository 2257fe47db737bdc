/** Runs the examples of the documentation on the GPU. */
import path from "node:path"
import * as cnn from "../../src/index.ts"
import * as node from "../../src/node.ts"
import type { Tensor } from "../../src/tensor/tensor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { root } from "../support/docs_pages.ts"
import { agrees, flat, type Nested, shapeOf } from "./numbers.ts"

/**
 * A ```json example block: an op, its tensors in the order of its arguments, and what must come
 * out.
 */
export interface Example {
  op: string
  inputs: Record<string, Nested>
  /** As the op takes them; an array is a persistent tensor. */
  options?: Record<string, unknown>
  /** In place of options, where the op takes something else behind its tensors. */
  arguments?: unknown[]
  output: Nested
  dy?: Nested
  /** Of the inputs that get one. */
  gradients?: Record<string, Nested>
  /** What persistent tensors among the options hold afterwards. */
  after?: Record<string, Nested>
}

/** Runs the op forward and backward and compares everything that is printed. */
export async function runExample(gpu: TensorGpu, example: Example): Promise<void> {
  const { inputs, output, dy, gradients = {}, after = {} } = example
  const op = (cnn as unknown as Record<string, (...args: unknown[]) => Tensor>)[example.op]
  if (!op) throw new Error(`src/index.ts exports no op ${example.op}`)
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      gpu.tensor(shapeOf(value), flat(value), { requiresGrad: name in gradients }),
    ]),
  )
  const options = withTensors(gpu, example.options ?? {})
  const y = op(...Object.values(tensors), ...(example.arguments ?? [options]))
  const checks: [string, Tensor | undefined, Nested][] = [["output", y, output]]
  if (dy !== undefined) {
    y.backward(gpu.tensor(shapeOf(dy), flat(dy), { requiresGrad: false }))
    for (const [name, value] of Object.entries(gradients)) checks.push([`d${name}`, tensors[name]?.grad, value])
  }
  for (const [name, value] of Object.entries(after)) checks.push([name, options[name] as Tensor, value])
  for (const [what, tensor, printed] of checks) await compare(`${example.op}: ${what}`, tensor, printed)
  gpu.endStep()
}

function withTensors(gpu: TensorGpu, options: Record<string, unknown>): Record<string, unknown> {
  const made = Object.entries(options).map(([name, value]) => [
    name,
    Array.isArray(value) ? gpu.persistent(shapeOf(value as Nested), flat(value as Nested)) : value,
  ])
  return Object.fromEntries(made)
}

async function compare(what: string, tensor: Tensor | undefined, printed: Nested): Promise<void> {
  if (!tensor) throw new Error(`${what} is missing`)
  const shape = shapeOf(printed).join()
  if (tensor.shape.join() !== shape) throw new Error(`${what} is [${tensor.shape}], the page prints [${shape}]`)
  const actual = await tensor.read()
  const wrong = flat(printed).findIndex((value, i) => !agrees(actual[i], value))
  if (wrong >= 0)
    throw new Error(`${what}: element ${wrong} is ${actual[wrong]}, the page prints ${flat(printed)[wrong]}`)
}

/**
 * Element of an example by the name that formulas use: `y[0,1]`, `dw[0,0,1,1]`, `x[2]`, `y` for a
 * single number.
 */
export function element(example: Example, name: string): number | undefined {
  const match = /^([a-zA-Z]+)(?:\[([\d,]*)\])?$/.exec(name)
  if (!match) return undefined
  const { inputs, output, gradients = {}, after = {} } = example
  const found: Record<string, Nested> = { ...inputs, ...after, y: output }
  for (const [input, value] of Object.entries(gradients)) found[`d${input}`] = value
  if (!(match[1] in found)) return undefined
  const path = match[2] ? match[2].split(",").map(Number) : []
  const value = path.reduce<Nested | undefined>((at, i) => (Array.isArray(at) ? at[i] : undefined), found[match[1]])
  if (typeof value !== "number") throw new Error(`${name} is no element of the example`)
  return value
}

type Expect = (actual: () => unknown, printed: string) => Promise<void>

/**
 * Runs a ```js example block: `expression // -> value` compares, `expression // throws text` wants
 * an error that holds the text. `gpu` is an open device; imports are those of the package, of Node
 * or of a file under ../src/.
 *
 * @returns how many lines were compared
 */
export async function runScript(gpu: TensorGpu, text: string): Promise<number> {
  let compared = 0
  const is: Expect = async (actual, printed) => {
    compared++
    const value = await actual()
    const problem = difference(plainValue(value), JSON.parse(printed))
    if (problem) throw new Error(`${problem}, the page prints ${printed}`)
  }
  const throws: Expect = async (actual, printed) => {
    compared++
    const message = await Promise.resolve()
      .then(actual)
      .then(() => undefined, String)
    if (!message?.includes(printed)) throw new Error(`${message ?? "nothing"} was thrown, the page says ${printed}`)
  }
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  const load = (from: string) => {
    if (from === "cnn") return cnn
    if (from === "cnn/node") return node
    return import(/* @vite-ignore */ from.startsWith("node:") ? from : path.join(root, "docs", from))
  }
  await new AsyncFunction("gpu", "load", "is", "throws", translated(text))(gpu, load, is, throws)
  gpu.endStep()
  return compared
}

function translated(text: string): string {
  return text
    .replace(/^import (\{[^}]*\}) from "([^"]+)"$/gm, 'const $1 = await load("$2")')
    .replace(
      /^(.+?)\s*\/\/ -> (.+)$/gm,
      (_, code, value) => `await is(async () => (${code}), ${JSON.stringify(value)})`,
    )
    .replace(
      /^(.+?)\s*\/\/ throws (.+)$/gm,
      (_, code, value) => `await throws(async () => (${code}), ${JSON.stringify(value)})`,
    )
}

/** Typed arrays and sets as arrays, the rest as it is. */
function plainValue(value: unknown): unknown {
  if (ArrayBuffer.isView(value) || value instanceof Set) return [...(value as unknown as Iterable<unknown>)]
  return value
}

function difference(actual: unknown, printed: unknown): string | undefined {
  if (typeof printed === "number") {
    return typeof actual === "number" && agrees(actual, printed) ? undefined : `${actual} came out`
  }
  if (Array.isArray(printed) && Array.isArray(actual) && actual.length === printed.length) {
    return printed.map((value, i) => difference(plainValue(actual[i]), value)).find((problem) => problem !== undefined)
  }
  return JSON.stringify(actual) === JSON.stringify(printed) ? undefined : `${JSON.stringify(actual)} came out`
}
