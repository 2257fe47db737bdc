/** A user's own network, tried before images are read, and what its own layers rule out. */
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { classesIn, type DataSource } from "../run/data_source.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"
import type { TrainConfig } from "../train/config.ts"
import { checkNetwork, tryNetwork } from "../train/try_network.ts"
import { type Lacking, layersWithout } from "../weights/architecture.ts"
import type { AdapterArguments } from "./flags_adapter.ts"

interface Trial extends AdapterArguments {
  network: NetworkDefinition
  config: TrainConfig
  source: DataSource
  size: number
}

/**
 * @param opening is called before the adapter is opened
 * @returns what to tell the user about its layers; nothing for a built-in network, not tried here
 * @throws naming the file, and what is wrong in it
 */
export async function tryModel(
  { network, config, source, size, adapter, exact }: Trial,
  opening: () => void,
): Promise<string[]> {
  if (!network.file) return []
  const classes = await classesIn(source)
  const trial = { size, classes: classes.length >= 2 ? classes : ["no", "yes"], config }
  checkNetwork(network, trial)
  opening()
  const gpu = await openGpu({ adapter, exact })
  try {
    await tryNetwork(gpu, network, trial)
  } finally {
    gpu.close()
  }
  return lackingText(network.name, layersWithout(network.build(size, headFor(trial.classes.length).outputs)))
}

/** What each layer without (part of) a descriptor keeps a network from, and what to add. */
function lackingText(name: string, lacking: readonly Lacking[]): string[] {
  if (lacking.length === 0) return []
  const rows = lacking.map(({ name, layer, missing }) => `layer ${name} (${layer}): ${missing.map(WORDS).join(", ")}`)
  return [
    `${name}: it trains, but some layers have no descriptor, so parts of cnn do not work with it: ${rows.join("; ")}. ` +
      "To change that, add `static descriptor = { torch, onnx }` to the layer's class (docs/export.md, “A layer of your own”). " +
      "Whether a layer's gradient is right, its training does not show: check its op with `gradcheck` (docs/networks.md).",
  ]
}

const WORDS = (missing: Lacking["missing"][number]): string =>
  ({
    PyTorch: "no PyTorch name in the weights files",
    ONNX: "no export to ONNX",
    rebuilding: "every command on the run needs --model",
  })[missing]
