/**
 * y = body(x) + shortcut(x), with the input itself where there is no shortcut; with `relu`
 * y = max(0, that sum). The gradients that reach x by the two ways are added:
 * dx = dx of body + dx of shortcut.
 *
 * body(x), shortcut(x), y: one shape. K. He et al., Deep Residual Learning for Image Recognition,
 * 2016, https://arxiv.org/abs/1512.03385
 */
import { type Shape, show, type Tensor } from "../tensor/tensor.ts"
import { add } from "./add.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { type Branch, Module } from "./module.ts"
import { relu } from "./relu.ts"
import { Sequential } from "./sequential.ts"

/** The shortcut's name in the state dict, which is torchvision's. */
const SHORTCUT = "downsample"

/**
 * Two chains of layers side by side. In the state dict the body's layers have their own names,
 * those of the shortcut follow "downsample": `"conv1.weight"`, `"downsample.0.weight"`.
 */
export class Residual extends Module {
  static readonly descriptor: LayerDescriptor<Residual> = {
    torch: {
      type: "Residual",
      options: { relu: "relu" },
      hasChildren: true,
      layer: ({ relu }, { [SHORTCUT]: shortcut, ...body }) =>
        new Residual(new Sequential(body), shortcut as Sequential | undefined, { relu }),
    },
    onnx: ({ shortcut, relu }) => [
      { name: "sum", op: "Add", inputs: ["body", shortcut ? "shortcut" : "x"] },
      ...(relu ? [{ op: "Relu", inputs: ["sum"] }] : []),
    ],
    featureMap: "begins",
    lesson: {
      text:
        "Adds what its layers make of the image to the image itself. They have to learn only what changes, " +
        "and the gradient has a way past them.",
      page: "residual",
    },
  }

  readonly relu: boolean

  /**
   * @param shortcut brings x to the shape of body(x); left out where x has it
   * @throws unless both are chains of layers, the body with names other than "downsample"
   */
  constructor(
    readonly body: Sequential,
    readonly shortcut?: Sequential,
    { relu = false }: { relu?: boolean } = {},
  ) {
    super()
    checkChain("body", body)
    if (shortcut !== undefined) checkChain("shortcut", shortcut)
    if (SHORTCUT in body.children())
      throw new Error(`Residual: a layer of its body is named "${SHORTCUT}", the name of the shortcut; choose another`)
    this.relu = Boolean(relu)
  }

  override children(): Record<string, Module> {
    return { ...this.body.children(), ...(this.shortcut && { [SHORTCUT]: this.shortcut }) }
  }

  override branches(): Branch[] {
    const body = { name: "body", path: "", chain: this.body }
    return this.shortcut ? [body, { name: "shortcut", path: SHORTCUT, chain: this.shortcut }] : [body]
  }

  override forward(x: Tensor): Tensor {
    const y = this.body.forward(x)
    const past = this.shortcut ? this.shortcut.forward(x) : x
    this.#checkSum(x.shape, y.shape, past.shape)
    const sum = add(y, past)
    return this.relu ? relu(sum) : sum
  }

  override outputShape(shape: Shape): Shape {
    const y = this.body.outputShape(shape)
    this.#checkSum(shape, y, this.shortcut ? this.shortcut.outputShape(shape) : shape)
    return y
  }

  override multiplyAdds(shape: Shape): number {
    return this.branches().reduce((sum, { chain }) => sum + chain.multiplyAdds(shape), 0)
  }

  #checkSum(x: Shape, y: Shape, past: Shape): void {
    if (show(y) === show(past)) return
    const added = this.shortcut ? `its shortcut into ${show(past)}` : "without a shortcut that is added to x itself"
    throw new Error(
      `Residual: its body makes ${show(x)} into ${show(y)}, ${added}. Give it a shortcut that makes ${show(y)}, ` +
        "such as a Conv2d with kernel 1 and the stride of the body",
    )
  }
}

function checkChain(what: string, chain: unknown): void {
  if (chain instanceof Sequential && chain.isChain) return
  const found = chain instanceof Module ? `a ${chain.constructor.name}` : String(chain)
  throw new Error(`Residual: its ${what} is ${found}, expected a Sequential with the forward of Sequential`)
}
