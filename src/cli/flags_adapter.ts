import type { Options } from "yargs"
import { textFlag } from "./flag_text.ts"

export interface AdapterArguments {
  adapter?: string
  exact: boolean
}

/** Which adapter to compute on, for every command that computes. */
export const adapterFlags: Record<string, Options> = {
  adapter: textFlag(
    "adapter",
    "gpu, software or part of a name; cnn doctor lists the adapters",
    "CNN_ADAPTER, else a GPU if present",
  ),
  exact: {
    type: "boolean",
    default: process.env.CNN_EXACT === "1",
    describe: "keep all WebGPU safety checks on, even at some cost in speed; same as CNN_EXACT=1",
  },
}
