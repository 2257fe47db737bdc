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
    "gpu, software or a part of a name; cnn doctor lists what there is",
    "CNN_ADAPTER, else a GPU if there is one",
  ),
  exact: {
    type: "boolean",
    default: process.env.CNN_EXACT === "1",
    describe: "keep all of WebGPU's checks on, also where it is faster without; CNN_EXACT=1 does, too",
  },
}
