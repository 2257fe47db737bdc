/**
 * Layers one after the other. As https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html
 */
import type { Shape, Tensor } from "../tensor/tensor.ts"
import { fused } from "./fuse.ts"
import { joinPath, Module } from "./module.ts"
import { countParameters, type Summary, type SummaryRow, summarise } from "./summary.ts"

/**
 * `new Sequential(new Conv2d(...), new ReLU())` names its layers 0, 1, ...;
 * `new Sequential({ conv1: new Conv2d(...) })` names them itself. The names are those of the state
 * dict, "0.weight" or "conv1.weight".
 */
export class Sequential extends Module {
  readonly #layers: Record<string, Module>

  constructor(...layers: Module[] | [Record<string, Module>]) {
    super()
    const [first] = layers
    this.#layers = first && !(first instanceof Module) ? first : Object.fromEntries(Object.entries(layers as Module[]))
    for (const [name, layer] of Object.entries(this.#layers)) {
      if (!(layer instanceof Module)) throw new Error(`Sequential: ${name} is no layer but ${String(layer)}`)
    }
  }

  override children(): Record<string, Module> {
    return this.#layers
  }

  override forward(x: Tensor): Tensor {
    let value = x
    for (const { y } of this.outputs(x)) value = y
    return value
  }

  /** The output of each layer in turn, or of those that one op does together, with their names. */
  *outputs(x: Tensor): Generator<{ names: string[]; y: Tensor }> {
    const [names, layers] = [Object.keys(this.#layers), Object.values(this.#layers)]
    let value = x
    for (let i = 0; i < layers.length; ) {
      const { y, layers: done } = fused(layers.slice(i, i + 3), value) ?? { y: layers[i].forward(value), layers: 1 }
      yield { names: names.slice(i, i + done), y }
      value = y
      i += done
    }
  }

  /**
   * Whether it computes its layers one after the other; a subclass may have a forward of its own.
   */
  get isChain(): boolean {
    return this.forward === Sequential.prototype.forward
  }

  /**
   * All layers in order with their paths, those of chains inside too. What is no chain is a layer
   * itself.
   */
  *leaves(path = ""): Generator<[path: string, layer: Module]> {
    if (!this.isChain) return yield [path, this]
    for (const [name, layer] of this.layers()) {
      const inside = joinPath(path, name)
      if (layer instanceof Sequential) yield* layer.leaves(inside)
      else yield [inside, layer]
    }
  }

  /** Those of `leaves`, each followed by the layers of its branches. */
  *everyLayer(path = ""): Generator<[path: string, layer: Module]> {
    for (const [inside, layer] of this.leaves(path)) {
      yield [inside, layer]
      for (const branch of layer.branches()) yield* branch.chain.everyLayer(joinPath(inside, branch.path))
    }
  }

  /** The layers by name, in order. */
  layers(): [name: string, layer: Module][] {
    return Object.entries(this.#layers)
  }

  /**
   * The first `at` layers of `leaves`, and those behind them: two networks that share their
   * parameters with this one, and give its output one after the other. What the first gives is the
   * activation at that layer, which no fused op hides.
   *
   * @throws unless 0 <= at <= number of leaves
   */
  split(at: number): [Sequential, Sequential] {
    const count = [...this.leaves()].length
    if (!Number.isInteger(at) || at < 0 || at > count) {
      throw new Error(`Sequential: split at ${at}, expected a whole number from 0 to the ${count} layers`)
    }
    const [first, rest]: Record<string, Module>[] = [{}, {}]
    let left = at
    for (const [name, layer] of this.layers()) {
      const leaves = layer instanceof Sequential ? [...layer.leaves()].length : 1
      if (left >= leaves) first[name] = layer
      else if (left <= 0) rest[name] = layer
      else [first[name], rest[name]] = (layer as Sequential).split(left)
      left -= leaves
    }
    return [new Sequential(first), new Sequential(rest)]
  }

  override outputShape(shape: Shape): Shape {
    return Object.values(this.#layers).reduce((value, layer) => layer.outputShape(value), shape)
  }

  override multiplyAdds(shape: Shape): number {
    return this.summary(shape).multiplyAdds
  }

  /**
   * Shape, parameters and multiply-adds of each layer, for an input of that shape; needs no device.
   * The layers of branches stand before the layer that they are in, which counts what is its own.
   *
   * @throws where a layer does not take the shape before it
   */
  summary(inputShape: Shape): Summary {
    return summarise(this.#rows(inputShape, ""))
  }

  #rows(inputShape: Shape, path: string): SummaryRow[] {
    let shape = inputShape
    return Object.entries(this.#layers).flatMap(([key, layer]) => {
      const before = shape
      shape = layer.outputShape(before)
      const name = joinPath(path, key)
      if (layer instanceof Sequential) return layer.#rows(before, name)
      const inside = layer.branches().flatMap(({ path, chain }) => chain.#rows(before, joinPath(name, path)))
      const sum = (key: "parameters" | "multiplyAdds") => inside.reduce((sum, row) => sum + row[key], 0)
      const own: SummaryRow = {
        name,
        layer: layer.constructor.name,
        outputShape: shape,
        parameters: countParameters(layer) - sum("parameters"),
        multiplyAdds: layer.multiplyAdds(before) - sum("multiplyAdds"),
      }
      return [...inside, own]
    })
  }
}
