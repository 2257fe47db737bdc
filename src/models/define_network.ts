/** How a network is made that can be trained: the built-in ones and a user's own alike. */
import { Sequential } from "../layers/sequential.ts"
import { type Shape, show } from "../tensor/tensor.ts"

export interface NetworkOptions {
  /** Width and height of its images in pixels, unless `--size` or the caller sets another. */
  size: number
  /** The same for images read from files. Defaults to `size`. */
  fileSize?: number
  /** The smallest images that it takes. Defaults to 1. */
  minSize?: number
  /** Named in messages and run folders. */
  name?: string
  /** Makes the layers from images [N,1,size,size] to logits [N,outputs]; called for each use. */
  build(size: number, outputs: number): Sequential
}

/** A user's own network as its file defines it. */
export interface NetworkFile {
  /** Without its folder. */
  name: string
  text: string
  /** SHA-256 of its bytes, hexadecimal. */
  sha256: string
}

/** Made by `defineNetwork`. */
export class NetworkDefinition {
  readonly #options: Required<NetworkOptions>

  /** @param file the one that defines it; null for a built-in network */
  constructor(
    options: Required<NetworkOptions>,
    readonly file: NetworkFile | null = null,
  ) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get size(): number {
    return this.#options.size
  }

  /** The same network, named after the file that defines it. */
  from(file: NetworkFile): NetworkDefinition {
    return new NetworkDefinition({ ...this.#options, name: file.name }, file)
  }

  /** Width and height of a run's images in pixels, unless another size is asked for. */
  defaultSize(source: "phantom" | "folder"): number {
    return source === "folder" ? this.#options.fileSize : this.size
  }

  /** @throws if the images are too small, or `build` throws or returns no Sequential */
  build(size: number, outputs: number): Sequential {
    const { name, minSize } = this.#options
    if (size < minSize) throw new Error(`the network ${name} needs images of ${minSize} pixels or more, got ${size}`)
    const network = this.#built(size, outputs)
    if (network instanceof Sequential) return network
    throw new Error(`${name}: build(${size}, ${outputs}) returned ${kindOf(network)}, expected a Sequential`)
  }

  /**
   * The layers, whose shapes lead from an image to the logits.
   *
   * @throws also if a layer refuses the shape before it, or the last shape is not [1,outputs]
   */
  buildChecked(size: number, outputs: number): Sequential {
    const network = this.build(size, outputs)
    const given = this.#outputShape(network, size)
    if (show(given) === show([1, outputs])) return network
    throw new Error(
      `${this.name}: build(${size}, ${outputs}) makes ${show([1, 1, size, size])} into ${show(given)}, ` +
        `expected ${show([1, outputs])}: as many logits as \`outputs\` says`,
    )
  }

  #built(size: number, outputs: number): unknown {
    try {
      return this.#options.build(size, outputs)
    } catch (error) {
      throw new Error(`${this.name}: build(${size}, ${outputs}) failed: ${messageOf(error)}`, { cause: error })
    }
  }

  #outputShape(network: Sequential, size: number): Shape {
    let shape: Shape = [1, 1, size, size]
    for (const [name, layer] of network.layers()) {
      try {
        shape = layer.outputShape(shape)
      } catch (error) {
        const place = `layer ${name} (${layer.constructor.name})`
        throw new Error(
          `${this.name}: ${place} does not take ${show(shape)}, for images of ${size} pixels: ${messageOf(error)}`,
          { cause: error },
        )
      }
    }
    return shape
  }
}

/**
 * Defines a network that can be trained:
 *
 *     defineNetwork({ size: 64, build: (size, outputs) => new Sequential(...) })
 *
 * @throws if an option is missing, unknown or of the wrong kind
 */
export function defineNetwork(options: NetworkOptions): NetworkDefinition {
  if (typeof options !== "object" || options === null)
    throw new Error(`defineNetwork: got ${kindOf(options)}, expected { size, build(size, outputs) }`)
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key))
  if (unknown !== undefined)
    throw new Error(`defineNetwork: there is no option "${unknown}"; the options are ${OPTIONS.join(", ")}`)
  const { size, fileSize = size, minSize = 1, name = "network", build } = options
  for (const [key, value] of Object.entries({ size, fileSize, minSize })) checkPixels(key, value)
  for (const [key, value] of Object.entries({ size, fileSize }))
    if (value < minSize) throw new Error(`defineNetwork: ${key} is ${value}, under minSize, which is ${minSize}`)
  if (typeof name !== "string" || name === "")
    throw new Error(`defineNetwork: name is ${kindOf(name)}, expected a text that is not empty`)
  if (typeof build !== "function")
    throw new Error(`defineNetwork: build is ${kindOf(build)}, expected a function build(size, outputs)`)
  return new NetworkDefinition({ size, fileSize, minSize, name, build: (...given) => build.apply(options, given) })
}

const OPTIONS = ["size", "fileSize", "minSize", "name", "build"]

/** Largest width and height of a network's images, in pixels. */
export const MAX_SIZE = 4096

function checkPixels(key: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_SIZE) return
  throw new Error(`defineNetwork: ${key} is ${kindOf(value)}, expected a whole number from 1 to ${MAX_SIZE}`)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A value as a message names it: "undefined", "12.5", "a Promise", "a Dense". */
function kindOf(value: unknown): string {
  if (typeof value === "function") return "a function"
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value !== "object" || value === null) return String(value)
  return `a ${value.constructor?.name ?? "object without a class"}`
}
