/**
 * Buffers larger than the adapter allows: the error says who asked for what, the limit, and what
 * helps.
 */

export type BufferLimits = Pick<GPUSupportedLimits, "maxBufferSize" | "maxStorageBufferBindingSize">

export class BufferLimitError extends Error {
  /** @param reason without what helps, which depends on what is done */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${reason}; use a smaller batch, image or network`, options)
  }
}

/**
 * The device's limits, asked for once: each look costs the binding a microsecond, and every tensor
 * is checked.
 */
export const bufferLimits = ({ limits: { maxBufferSize, maxStorageBufferBindingSize } }: GPUDevice): BufferLimits => ({
  maxBufferSize,
  maxStorageBufferBindingSize,
})

/**
 * @param what the buffer is for
 * @throws when so many bytes are more than one buffer may have, or a kernel may see of one
 */
export function checkBuffer(what: () => string, bytes: number, limits: BufferLimits): void {
  const name =
    limits.maxBufferSize < limits.maxStorageBufferBindingSize ? "maxBufferSize" : "maxStorageBufferBindingSize"
  if (bytes <= limits[name]) return
  const count = (value: number) => value.toLocaleString("en-US")
  throw new BufferLimitError(
    `no buffer for ${what()}: ${count(bytes)} bytes, this adapter allows ${count(limits[name])} in one (${name})`,
  )
}

/** Puts `who` before the message of a BufferLimitError that `body` throws. */
export function asking<T>(who: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof BufferLimitError) throw new BufferLimitError(`${who}: ${error.reason}`, { cause: error })
    throw error
  }
}
