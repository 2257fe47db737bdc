/**
 * How many threads share the work. A GPU wants as many as there are elements; on a processor each
 * thread costs as much as the work on an element, and a barrier more than all that the threads
 * before it save.
 */
import type { AdapterInfo } from "./adapter.ts"

interface On {
  adapter: Pick<AdapterInfo, "kind">
}

/**
 * Of a kernel that strides over its elements, or fours of them (relu, SwiftShader, 2026-11-23:
 * eight are 1.8 times as fast as one).
 */
export const threadsFor = ({ adapter }: On, elements: number): number =>
  adapter.kind === "software" ? Math.ceil(elements / 8) : elements

/**
 * On one plane: each loads what it must know of the channel, once for all its pixels or windows.
 */
export const lanesFor = ({ adapter }: On, elements: number): number =>
  adapter.kind === "software" ? Math.ceil(elements / 16) : elements

/** In a workgroup that adds up: its size, as the const SIZE of the kernel. */
export const addingThreads = ({ adapter }: On): number => (adapter.kind === "software" ? 8 : 64)
