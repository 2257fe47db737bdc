/**
 * A device that pretends to allow less than it does, so that limits can be met by small tensors.
 */

/** The device with these limits; everything else is its own. */
export function narrow(device: GPUDevice, limits: Record<string, number>): GPUDevice {
  const all = { ...Object.fromEntries(limitsOf(device)), ...limits }
  return new Proxy(device, {
    get(target, key) {
      if (key === "limits") return all
      const value = Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}

function limitsOf({ limits }: GPUDevice): [string, number][] {
  const out: [string, number][] = []
  for (const name in limits) out.push([name, Number(limits[name as keyof GPUSupportedLimits])])
  return out
}
