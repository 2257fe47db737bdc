/**
 * A device that has no memory left after so many bytes, as Dawn says it: late, by an error scope or
 * as an uncaptured error.
 */

/** What the device is told to have; `made` is what is in use, `most` what ever was. */
export interface Budget {
  bytes: number
  made: number
  most: number
}

/** The device with this budget for buffers; everything else is its own. */
export function budgeted(device: GPUDevice, budget: Budget): GPUDevice {
  const scopes: { kind: GPUErrorFilter; error: GPUError | null }[] = []
  let onError: GPUDevice["onuncapturederror"] = null
  // The engine tells it by its class's name.
  class GPUOutOfMemoryError extends Error {}
  const fail = () => {
    const error = new GPUOutOfMemoryError("told to") as unknown as GPUError
    const scope = scopes.findLast(({ kind }) => kind === "out-of-memory")
    if (scope) scope.error ??= error
    else queueMicrotask(() => onError?.call(device, { error, preventDefault() {} } as GPUUncapturedErrorEvent))
  }
  const createBuffer = (descriptor: GPUBufferDescriptor) => {
    const buffer = device.createBuffer(descriptor)
    const { size } = descriptor
    if (budget.made + size > budget.bytes) {
      fail()
      return buffer
    }
    budget.made += size
    budget.most = Math.max(budget.most, budget.made)
    const destroy = buffer.destroy.bind(buffer)
    buffer.destroy = () => {
      budget.made -= size
      return destroy()
    }
    return buffer
  }
  const pushErrorScope = (kind: GPUErrorFilter) => {
    scopes.push({ kind, error: null })
    device.pushErrorScope(kind)
  }
  const popErrorScope = async () => {
    const { error } = scopes.pop()!
    return (await device.popErrorScope()) ?? error
  }
  const own: Record<PropertyKey, unknown> = { createBuffer, pushErrorScope, popErrorScope }
  return new Proxy(device, {
    get(target, key) {
      if (key in own) return own[key]
      const value = Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    },
    set(target, key, value) {
      if (key === "onuncapturederror") onError = value
      return Reflect.set(target, key, value, target)
    },
  })
}
