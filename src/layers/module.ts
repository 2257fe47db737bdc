/**
 * What all layers have in common: parameters and buffers by PyTorch's names, train and eval mode,
 * sizes for `summary`. A layer declares what it needs; `to(gpu)` makes it, all parameters of the
 * outermost module in one buffer.
 */
import { type Parameter, ParameterPack } from "../tensor/parameters.ts"
import { type Shape, show, sizeOf, type Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import type { Init } from "./init.ts"
import type { Sequential } from "./sequential.ts"

/** A parameter that a layer wants: its shape and its first values. */
export interface ParameterSpec {
  shape: Shape
  init: Init
}

/** A chain of layers inside another layer, which takes that layer's own input. */
export interface Branch {
  /** By which the layer's ONNX nodes know its output. */
  name: string
  /** Of its layers within the layer: "" if they are the layer's own children. */
  path: string
  chain: Sequential
}

export abstract class Module {
  /** Dropout and batch norm act differently in training. */
  training = true
  /** Stays in eval mode, whatever `train` says; set by `freeze`. */
  frozen = false
  #parameters: Record<string, Parameter> = {}
  #buffers: Record<string, Tensor> = {}

  abstract forward(x: Tensor): Tensor

  /** What the layer trains, by PyTorch's name. */
  parameterSpecs(): Record<string, ParameterSpec> {
    return {}
  }

  /** What the layer keeps but does not train (running statistics), by PyTorch's name. */
  bufferSpecs(): Record<string, { shape: Shape; value: number }> {
    return {}
  }

  /** WGSL of the layer's own kernels, by the names that its ops run; see `Gpu.addKernel`. */
  kernels(): Record<string, string> {
    return {}
  }

  /** The modules inside, by PyTorch's name. */
  children(): Record<string, Module> {
    return {}
  }

  /** Chains of layers inside that start from the layer's own input. */
  branches(): Branch[] {
    return []
  }

  /** Shape of the output for an input of that shape. */
  outputShape(shape: Shape): Shape {
    return shape
  }

  /** Multiply-adds of one forward over an input of that shape. */
  multiplyAdds(_shape: Shape): number {
    return 0
  }

  /**
   * Makes parameters and buffers on a device and fills them.
   *
   * @param options `seed` of the counter-based generator: the same seed, the same weights
   */
  to(gpu: TensorGpu, { seed = 0 } = {}): this {
    const wanted = [...this.modules()].flatMap(([path, module]) =>
      Object.entries(module.parameterSpecs()).map(([key, { shape }]) => ({
        module,
        key,
        name: joinPath(path, key),
        shape,
      })),
    )
    const pack = new ParameterPack(gpu, wanted)
    wanted.forEach(({ module, key }, i) => {
      module.#parameters[key] = pack.list[i]
    })
    for (const [path, module] of this.modules()) {
      addKernels(gpu, module, path)
      for (const [key, { shape }] of Object.entries(module.bufferSpecs())) module.#buffers[key] = gpu.persistent(shape)
    }
    return this.initialise(seed)
  }

  /** Draws all parameters again and sets buffers to their first values. */
  initialise(seed: number): this {
    let index = 0
    let place = 0
    for (const [, module] of this.modules()) {
      module.reseed(seed, place++)
      for (const [key, { shape, init }] of Object.entries(module.parameterSpecs())) {
        const values = new Float32Array(sizeOf(shape))
        init(values, shape, seed, index++)
        set(module.parameter(key), values)
      }
      for (const [key, { shape, value }] of Object.entries(module.bufferSpecs())) {
        set(module.buffer(key), new Float32Array(sizeOf(shape)).fill(value))
      }
    }
    return this
  }

  /**
   * First values of one parameter, the same that `initialise` draws with this seed; needs no
   * device.
   *
   * @param name as in the state dict
   * @throws where there is no parameter of that name
   */
  firstValues(name: string, seed: number): Float32Array {
    let index = 0
    for (const [path, module] of this.modules()) {
      for (const [key, { shape, init }] of Object.entries(module.parameterSpecs())) {
        if (joinPath(path, key) !== name) {
          index++
          continue
        }
        const values = new Float32Array(sizeOf(shape))
        init(values, shape, seed, index)
        return values
      }
    }
    throw new Error(`${this.constructor.name}: no parameter "${name}"`)
  }

  /**
   * Starts what the module draws later (dropout) from the seed; `place` is its own within the
   * outermost module.
   */
  protected reseed(_seed: number, _place: number): void {}

  /** This module and all inside it, each with its path; the outermost has the path "". */
  *modules(path = ""): Generator<[string, Module]> {
    yield [path, this]
    for (const [name, child] of Object.entries(this.children())) yield* child.modules(joinPath(path, name))
  }

  /** Everything that is trained, in the order of the layers. */
  parameters(): Parameter[] {
    return [...this.modules()].flatMap(([, module]) => Object.values(module.#parameters))
  }

  /** Parameters and buffers by PyTorch's names, as `"0.weight"` or `"1.running_mean"`. */
  stateDict(): Map<string, Tensor> {
    return new Map(
      [...this.modules()].flatMap(([path, module]) =>
        Object.entries<Tensor>({ ...module.#parameters, ...module.#buffers }).map(([key, tensor]) => [
          joinPath(path, key),
          tensor,
        ]),
      ),
    )
  }

  /**
   * Takes values over, by name.
   *
   * @param options `strict: false` leaves tensors as they are that the state does not name
   * @throws when a name is missing or left over, or a shape differs, or the numbers are not as many
   * as the shape says; nothing is changed then
   */
  loadStateDict(
    state: ReadonlyMap<string, { shape: Shape; data: ArrayLike<number> }>,
    { strict = true }: { strict?: boolean } = {},
  ): void {
    const own = this.stateDict()
    const missing = strict ? [...own.keys()].filter((name) => !state.has(name)) : []
    const unknown = [...state.keys()].filter((name) => !own.has(name))
    if (missing.length + unknown.length > 0) {
      throw new Error(
        `loadStateDict: missing ${missing.join(", ") || "none"}; not in this network: ${unknown.join(", ") || "none"}`,
      )
    }
    for (const [name, { shape, data }] of state) {
      const { shape: wanted } = own.get(name)!
      if (show(shape) !== show(wanted))
        throw new Error(`loadStateDict: ${name} is ${show(shape)}, the network has ${show(wanted)}`)
      if (data.length !== sizeOf(wanted))
        throw new Error(`loadStateDict: ${name} is ${show(shape)}, ${sizeOf(wanted)} numbers, but holds ${data.length}`)
    }
    for (const [name, { data }] of state) set(own.get(name)!, new Float32Array(data))
  }

  train(mode = true): this {
    for (const [, module] of this.modules()) module.training = mode && !module.frozen
    return this
  }

  eval(): this {
    return this.train(false)
  }

  /** One of this layer's parameters. @throws before `to(gpu)` */
  protected parameter(key: string): Parameter {
    return this.#parameters[key] ?? this.#missing(key)
  }

  /** One of this layer's buffers. @throws before `to(gpu)` */
  protected buffer(key: string): Tensor {
    return this.#buffers[key] ?? this.#missing(key)
  }

  #missing(key: string): never {
    throw new Error(`${this.constructor.name} has no ${key} yet: call to(gpu) on the outermost module first`)
  }
}

/** The path of what lies under `name` in the module with that path; either may be "". */
export const joinPath = (path: string, name: string): string => [path, name].filter(Boolean).join(".")

function set(tensor: Tensor, values: Float32Array<ArrayBuffer>): void {
  tensor.gpu.write(tensor.slice, values)
}

/** @throws naming the layer */
function addKernels(gpu: TensorGpu, module: Module, path: string): void {
  try {
    for (const [name, code] of Object.entries(module.kernels())) gpu.addKernel(name, code)
  } catch (error) {
    const layer = `layer${path && ` ${path}`} (${module.constructor.name})`
    throw new Error(`${layer}: ${(error as Error).message}`, { cause: error })
  }
}
