/** What the rest of the engine may know about the adapter it runs on. */
export interface AdapterInfo {
  kind: "gpu" | "software"
  name: string
  vendor: string
  architecture: string
  description: string
  driver: string
  /** Whether kernels may use subgroup operations. */
  subgroups: boolean
  /** Invocations of every subgroup; 0 where there are none, or of several sizes. */
  subgroupSize: number
  backend: string
  /**
   * Kernels that are not chosen, to measure what they are worth: bench/without_kernel.mjs.
   */
  without?: ReadonlySet<string>
  /** Every op is computed by its plain kernel, one thread per element: CNN_KERNELS=plain. */
  kernels?: "plain"
  /**
   * Kernels that were measured to be better on this adapter than those that are taken by default,
   * where they are used.
   */
  tuned?: Tuned
}

/** What `cnn tune` found on an adapter. */
export interface Tuned {
  /** Names the table by its content. */
  hash: string
  /** ISO 8601. */
  date: string
  /**
   * Names of candidates by the work that they do; the ops know both, see
   * layers/conv2d/tune_names.ts.
   */
  choices: Readonly<Record<string, string>>
}

/**
 * An opened device and the shaders that belong to it; `release` destroys the device and lets the
 * process end.
 */
export interface OpenDevice {
  /**
   * Whether each kernel's commands are checked in an error scope of their own; CNN_DEBUG=1 asks for
   * it.
   */
  debug?: boolean
  device: GPUDevice
  adapter: GPUAdapter
  info: AdapterInfo
  release(): void
  /** Awaits what the device promised, in the way that leaves the adapter most of the machine. */
  wait<T>(promised: Promise<T>): Promise<T>
  /** The WGSL text of src/shaders/<name>.wgsl, read as it is now. */
  shader(name: string): string
  shaderNames(): string[]
}

/** Which adapter to open, and how. */
export interface DeviceOptions {
  /**
   * A kind (`gpu`, `software`) or a part of a name (`swiftshader`, `llvmpipe`, `nvidia`); else
   * CNN_ADAPTER, else the best.
   */
  adapter?: string
  /**
   * Keep Dawn's validation and robustness on, also where leaving them out is faster; so does
   * CNN_EXACT=1.
   */
  exact?: boolean
  /** Choose kernels without the table that `cnn tune` stored; so does CNN_TUNE=off. */
  untuned?: boolean
  /** Timestamps at full resolution. */
  profile?: boolean
}
