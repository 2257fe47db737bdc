/**
 * The whole of automatic differentiation. An op computes its output and notes itself on it;
 * `backward` walks the notes from the end to the leaves, in reverse topological order, so each op's
 * backward runs once, with the sum of all gradients that reach its output.
 */
import { asking } from "../gpu/buffer_limit.ts"
import { checkShape } from "./check.ts"
import { overRows } from "./rows.ts"
import { Tensor } from "./tensor.ts"

/**
 * What an op's forward gives: y alone, or y with what backward wants to see again (statistics, an
 * argmax).
 */
type Made = Tensor | { y: Tensor }

export interface Node {
  name: string
  inputs: Tensor[]
  /** The gradient of each input that needs one, in the order of the inputs. */
  backward(dy: Tensor): (Tensor | null | undefined)[]
}

/**
 * Makes an op of its two halves. Tensors come first among the arguments, options last.
 *
 * `backward(dy, made, ...args)` gets what forward returned and forward's own arguments; it returns
 * one gradient for each tensor argument, in order, null where `requiresGrad` is false. It may
 * return `dy` itself, also twice, and must not write into it.
 *
 * @throws if one of the halves is missing
 */
export function op<A extends unknown[], M extends Made>(
  name: string,
  {
    forward,
    backward,
  }: { forward(...args: A): M; backward(dy: Tensor, made: M, ...args: A): (Tensor | null | undefined)[] },
): (...args: A) => Tensor {
  for (const [half, given] of Object.entries({ forward, backward }))
    if (typeof given !== "function")
      throw new Error(`op "${name}": ${half} is ${given}; expected op(name, { forward, backward }), both functions`)
  return (...args) => {
    const made = asking(name, () => forward(...args))
    const y = made instanceof Tensor ? made : made.y
    const inputs = args.filter((arg): arg is A[number] & Tensor => arg instanceof Tensor)
    y.requiresGrad = y.gpu.taping && inputs.some((input) => input.requiresGrad)
    if (y.requiresGrad) y.node = { name, inputs, backward: (dy) => backward(dy, made, ...args) }
    return y
  }
}

/** See `Tensor.backward`. */
export function backward(root: Tensor, dy?: Tensor): void {
  if (!root.requiresGrad) throw new Error(`backward: nothing that ${root} was made from requires a gradient`)
  if (!dy && root.size !== 1) throw new Error(`backward: ${root} is no single number; give backward a tensor like it`)
  if (dy) checkShape("backward", "dy", dy, root.shape, `${root}`)
  const order = topological(root)
  const arrived = new Map<Tensor, Tensor>([[root, dy ?? root.gpu.one(root.shape)]])
  for (const tensor of order) {
    const gradient = arrived.get(tensor)
    if (!gradient) continue
    tensor.keepGradient(gradient)
    const { node } = tensor
    if (!node) continue
    const parts = asking(`${node.name}, backward`, () => node.backward(gradient))
    if (!Array.isArray(parts))
      throw new Error(`op "${node.name}": backward returned ${parts}; expected an array with a gradient per tensor`)
    parts.forEach((part, i) => {
      const input = node.inputs[i]
      if (part && input.requiresGrad) arrived.set(input, sum(arrived.get(input), part))
    })
  }
}

/** Every tensor with a gradient on the way to the leaves, each before what it was made from. */
function topological(root: Tensor): Tensor[] {
  const seen = new Set<Tensor>()
  const order: Tensor[] = []
  const stack: { tensor: Tensor; next: number }[] = [{ tensor: root, next: 0 }]
  seen.add(root)
  while (stack.length > 0) {
    const top = stack[stack.length - 1]
    const input = top.tensor.node?.inputs[top.next++]
    if (!input) order.push(stack.pop()!.tensor)
    else if (input.requiresGrad && !seen.has(input)) {
      seen.add(input)
      stack.push({ tensor: input, next: 0 })
    }
  }
  return order.reverse()
}

/** a + b into a new tensor; either may be missing from the sum, neither is written to. */
export function sum(a: Tensor | undefined, b: Tensor): Tensor {
  if (!a) return b
  const y = a.gpu.empty(a.shape)
  overRows([a, b, y], ([a, b, y]) => a.gpu.run("binary", { a, b, y }, { n: y.size }, [y.size]))
  return y
}
