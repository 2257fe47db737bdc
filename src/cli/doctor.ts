import type { CommandModule } from "yargs"
import { inspect } from "./doctor_inspect.ts"
import { doctorText } from "./doctor_text.ts"
import { adapterFlags } from "./flags_adapter.ts"
import { say } from "./print.ts"

interface Options {
  json: boolean
  adapter?: string
}

/**
 * `npx cnn doctor`: what this machine can run on, and why. Exit code 1 where there is no usable
 * adapter.
 */
export const command: CommandModule<object, Options> = {
  command: "doctor",
  builder: {
    json: { type: "boolean", default: false, describe: "print the findings as JSON, with all limits and features" },
    adapter: adapterFlags.adapter,
  },
  async handler({ json, adapter }) {
    const inspection = await inspect(adapter)
    if (json) console.log(JSON.stringify(inspection, null, 2))
    else say(doctorText(inspection))
    if (!inspection.chosen) process.exitCode = 1
  },
}
