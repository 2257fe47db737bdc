/**
 * A browser's device whose every command is checked in a scope of its own, as CNN_DEBUG=1 has it in
 * Node.
 */
import type { DeviceOptions, OpenDevice } from "../../src/gpu/adapter.ts"
import { openDevice as open } from "../../src/gpu/device_browser.ts"

export const openDevice = async (options?: DeviceOptions): Promise<OpenDevice> => ({
  ...(await open(options)),
  debug: true,
})
