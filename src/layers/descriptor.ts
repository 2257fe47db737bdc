/**
 * What else is known about a layer: how PyTorch and ONNX write it, what it does to a class
 * activation map, and a sentence for learners. It stands in the layer's class, as `static readonly
 * descriptor`; export, import, explain and the page read it there. src/layers/built_in.ts requires
 * it of every layer of this program.
 */
import type { Module } from "./module.ts"

export interface LayerDescriptor<Layer extends Module> {
  readonly torch: TorchDescriptor<Layer>
  /**
   * The nodes that compute the layer in eval mode; none if the input passes through. The last one's
   * value is the output.
   */
  onnx(layer: Layer): readonly OnnxNode[]
  /**
   * A class activation map is taken where a feature map ends: behind the layer that begins it (a
   * convolution) and all that continue it place by place (normalisation, activation). Every other
   * layer ends it.
   */
  readonly featureMap: "begins" | "continues" | "ends"
  readonly lesson: Lesson
}

/** The same layer in PyTorch, `torch.nn[type](**options)`, and back. */
export interface TorchDescriptor<Layer extends Module> {
  readonly type: string
  /** PyTorch's arguments, each with the layer's field that holds its value. */
  readonly options?: Readonly<Record<string, keyof Layer & string>>
  /**
   * Values with which an option is left out, as PyTorch's own are: files of networks without the
   * option stay as they were before it.
   */
  readonly defaults?: Readonly<Record<string, TorchOption>>
  /**
   * The modules inside, if it takes a `Sequential` of several to do in PyTorch what the layer does.
   */
  readonly layers?: readonly TorchLayer[]
  /** Whether the layer's own children are the modules inside. */
  readonly hasChildren?: boolean
  /**
   * Makes the layer again.
   *
   * @param fields those named in `options`, as read from a file; the constructor must check them
   * @param children by name, if it has any
   */
  layer(fields: Layer, children: Record<string, Module>): Module
}

/**
 * One module of a network as a weights file has it. A `Sequential` has layers inside, named as in
 * the state dict.
 */
export interface TorchLayer {
  readonly name: string
  readonly type: string
  readonly options?: Readonly<Record<string, TorchOption>>
  readonly layers?: readonly TorchLayer[]
}

export type TorchOption = number | boolean | string

/** An operator of https://onnx.ai/onnx/operators/, opset 17. */
export interface OnnxNode {
  /** A name for its value, if a later node of the layer uses it. */
  readonly name?: string
  readonly op: string
  /**
   * "x" is the layer's input, and the default; else the name of a node, branch or weight, or a
   * number.
   */
  readonly inputs?: readonly (string | number)[]
  readonly attributes?: OnnxAttributes
}

/** Whole numbers are ints; a float says so. */
export type OnnxAttributes = Readonly<Record<string, number | { float: number } | readonly number[]>>

export interface Lesson {
  /** What the layer does, in a sentence or two. */
  readonly text: string
  /** The page in docs/ that explains it, without its ending. */
  readonly page: string
}

/**
 * That of a layer whose class is not known to the types. Its functions take that layer, `as never`.
 */
export type AnyDescriptor = LayerDescriptor<never>

/**
 * A layer's descriptor, or what there is of it. A subclass needs one of its own: it may compute
 * something else.
 */
export function descriptorOf(layer: Module): Partial<AnyDescriptor> {
  const type = layer.constructor as { descriptor?: Partial<AnyDescriptor> }
  return (Object.hasOwn(type, "descriptor") && type.descriptor) || {}
}

/**
 * One part of a layer's descriptor.
 *
 * @param named the layer and its path in the network
 * @param purpose what the part is needed for: "be exported to ONNX"
 * @throws if the descriptor lacks that part, with what to add
 */
export function describedBy<Part extends keyof AnyDescriptor>(
  [name, layer]: readonly [string, Module],
  part: Part,
  purpose: string,
): AnyDescriptor[Part] {
  const found = descriptorOf(layer)[part]
  if (found !== undefined) return found
  const { name: type } = layer.constructor
  throw new Error(
    `${name ? `layer "${name}"` : "the network"} (${type}) cannot ${purpose}: ${type} has no static descriptor with "${part}"; ` +
      `add one as in docs/export.md, "A layer of your own"`,
  )
}

/** The attributes of an ONNX operator with a square window. */
export const onnxWindow = ({ kernel, stride, padding }: Record<"kernel" | "stride" | "padding", number>) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
})
