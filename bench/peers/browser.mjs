/**
 * What the peers, written for browsers, find in Node: `navigator.gpu` with the one adapter that was
 * chosen for all.
 */
import { patiently } from "../../dist/src/gpu/patience.js"

/** @param adapter that every request is answered with */
export function becomeBrowser(adapter) {
  const requestAdapter = async () => ({
    features: adapter.features,
    limits: adapter.limits,
    info: adapter.info,
    // tfjs 4.22 puts one feature's name in a list, which a browser takes for the name,
    // and Dawn's binding does not.
    requestDevice: ({ requiredFeatures = [], ...rest }) =>
      adapter.requestDevice({ ...rest, requiredFeatures: requiredFeatures.flat() }),
  })
  const value = { gpu: { requestAdapter }, userAgent: "Node" }
  Object.defineProperty(globalThis, "navigator", { value, configurable: true })
}

/** Gives all waiting for the adapter the manners of ours: see src/gpu/patience.ts. */
export function waitPatiently() {
  const { mapAsync } = GPUBuffer.prototype
  const { onSubmittedWorkDone } = GPUQueue.prototype
  GPUBuffer.prototype.mapAsync = function (...args) {
    return patiently(mapAsync.apply(this, args))
  }
  GPUQueue.prototype.onSubmittedWorkDone = function () {
    return patiently(onSubmittedWorkDone.call(this))
  }
}
