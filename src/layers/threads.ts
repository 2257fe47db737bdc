import type { Gpu } from "../gpu/gpu.ts"

/**
 * Threads for a kernel that strides over its elements. A GPU wants as many as there are; on a processor each thread
 * costs as much as the work on an element, so that it takes eight (relu, SwiftShader, 2026-11-23: 1.8 times as fast).
 */
export const threadsFor = ({ adapter }: Gpu, elements: number): number =>
  adapter.kind === "software" ? Math.ceil(elements / 8) : elements
