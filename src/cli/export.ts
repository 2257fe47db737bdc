import path from "node:path"
import type { CommandModule } from "yargs"
import { type ExportedNetwork, networksOf } from "../export/networks_of.ts"
import { onnxClassifier } from "../export/onnx_classifier.ts"
import { OPSET } from "../export/onnx_file.ts"
import { refuseFile } from "../files/folders.ts"
import { writeWhole } from "../files/write_whole.ts"
import { plural } from "../text/plural.ts"
import { encodeWeights } from "../weights/weights_file.ts"
import { openGivenModel, ownModelFlag } from "./flag_model.ts"
import { choiceFlag, textFlag } from "./flag_text.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments {
  run: string
  format: Format
  fold?: string
  out?: string
  model?: string
  force: boolean
}

const formats = ["onnx", "safetensors"] as const
type Format = (typeof formats)[number]

/** `npx cnn export`: a run's networks for other programs. No adapter is needed. */
export const command: CommandModule<object, Arguments> = {
  command: "export <run>",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "a run folder, or one weights file" })
      .options({
        format: {
          ...choiceFlag("format", "onnx: from gray values to probabilities; safetensors: PyTorch's names", formats, ""),
          demandOption: true,
          defaultDescription: undefined,
        },
        fold: textFlag("fold", "number of the fold, or ensemble for the mean of all", "ensemble for onnx"),
        out: textFlag("out", "the file", "fold-0.onnx, ensemble.onnx and so on, here"),
        model: ownModelFlag,
        force: { type: "boolean", default: false, describe: "overwrite an existing file" },
      }) as never,
  async handler({ run, format, fold, out: asked, model, force }) {
    const definition = await openGivenModel(model)
    const networks = networksOf(run, fold === "ensemble" ? undefined : fold, definition)
    if (format === "safetensors") refuseSeveral(networks, run)
    const name = networks.length > 1 ? "ensemble" : networks[0].name
    const out = asked ?? `${name}.${format}`
    refuseOut(out, networks, format, force)
    const [{ weights, info, trainedOn }] = networks
    writeWhole(out, format === "onnx" ? onnxClassifier(networks) : encodeWeights(weights, info, trainedOn))
    console.log(summary(out, networks, format))
  },
}

/** @throws when there is not just one */
function refuseSeveral(networks: readonly ExportedNetwork[], run: string): void {
  if (networks.length === 1) return
  const names = networks.map(({ name }) => name).join(", ")
  throw new Error(
    `${run}: it has ${networks.length} networks (${names}), and a safetensors file holds one; choose it with --fold 0, ` +
      "or take --format onnx for all of them",
  )
}

function refuseOut(out: string, [{ file }]: readonly ExportedNetwork[], format: Format, force: boolean): void {
  if (out === "") throw new UsageError("--out is empty; expected a file")
  const folder = (name: string) => path.dirname(path.resolve(name))
  if (format === "safetensors" && folder(out) === folder(file)) {
    throw new Error(
      `${out}: a safetensors file in the run's own folder would count as one more network; name another folder`,
    )
  }
  refuseFile(out, force)
}

function summary(out: string, networks: readonly ExportedNetwork[], format: Format): string {
  const [{ info }] = networks
  const { model, size, classes } = info
  const what = `${plural(networks.length, "network")}, ${model}, ${classes.join(" or ")}`
  if (format === "safetensors") return `${out}: ${what}, images of ${size} x ${size} pixels`
  return `${out}: ${what}, ONNX opset ${OPSET}; image [N,1,${size},${size}] of gray values 0 to 255 -> probabilities, calibrated [N,${classes.length}]`
}
