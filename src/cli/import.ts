import type { CommandModule } from "yargs"
import { type ImportOptions, importWeights } from "../export/import_weights.ts"
import { refuseFile } from "../files/folders.ts"
import { writeWhole } from "../files/write_whole.ts"
import { MAX_SIZE } from "../models/define_network.ts"
import { modelFlag, NAMES, openModel } from "./flag_model.ts"
import { numberFlag } from "./flag_number.ts"
import { textFlag } from "./flag_text.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments extends Omit<ImportOptions, "classes" | "network"> {
  file: string
  model: string
  out: string
  classes?: string
  force: boolean
}

/**
 * `npx cnn import`: turns weights trained in PyTorch into a weights file. No adapter is
 * needed.
 */
export const command: CommandModule<object, Arguments> = {
  command: "import <file>",
  builder: (yargs) =>
    yargs
      .positional("file", { type: "string", demandOption: true, describe: "a safetensors file with a state dict" })
      .options({
        model: {
          ...modelFlag(`the network that the weights are of: ${NAMES}, or a file that defines one`),
          demandOption: true,
        },
        out: { ...textFlag("out", "the weights file, *.safetensors; may lie in a run folder"), demandOption: true },
        force: { type: "boolean", default: false, describe: "overwrite an existing file" },
        size: numberFlag("size", {
          describe: "width and height of its images, in pixels",
          default: "the network's",
          integer: true,
          min: 8,
          max: MAX_SIZE,
        }),
        classes: textFlag("classes", "names of the classes, the positive one last: a,b", "not_fractured,fractured"),
        mean: numberFlag("mean", { describe: "mean of the gray values (0 to 1) in its training", default: 0 }),
        sd: numberFlag("sd", { describe: "standard deviation of these gray values", default: 1, above: 0 }),
        threshold: numberFlag("threshold", {
          describe: "threshold: from this probability on, the second of two classes is predicted",
          default: 0.5,
          min: 0,
          max: 1,
        }),
        temperature: numberFlag("temperature", {
          describe: "temperature: logits are divided by it for calibrated probabilities",
          default: 1,
          above: 0,
        }),
      })
      .epilog("Defaults come from the file's metadata if cnn export wrote it.") as never,
  async handler({ file, out, force, model, classes, ...options }) {
    if (!out.endsWith(".safetensors"))
      throw new UsageError(`--out is "${out}"; expected a name that ends in .safetensors`)
    refuseFile(out, force)
    const network = await openModel(model)
    const { bytes, taken } = importWeights(file, { ...options, network, classes: namesOf(classes) })
    writeWhole(out, bytes)
    const rows = taken.map(({ key, value, from }) => `  ${key.padEnd(11)}  ${value}  (${FROM[from]})`)
    console.log([`${out}: ${network.name}, from ${file}`, ...rows].join("\n"))
  },
}

const FROM = { given: "given", file: "from the file's metadata", default: "not given, the default" }

function namesOf(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(",").map((name) => name.trim())
  if (names.length >= 2 && names.every(Boolean) && new Set(names).size === names.length) return names
  throw new UsageError(`--classes is "${text}"; expected two different names or more, with commas between`)
}
