import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import path from "node:path"
import type { CommandModule } from "yargs"
import { defaultMethod, type Method, methods } from "../explain/explainer.ts"
import { ExplanationTable, readExplanations, writeExplanations } from "../explain/explanations.ts"
import { heatmap } from "../explain/heatmap.ts"
import { fills } from "../explain/occlusion_explainer.ts"
import { RunExplainer, type RunExplainOptions } from "../explain/run_explainer.ts"
import { makeFolder, refuseFile, refuseFull } from "../files/folders.ts"
import { sha256 } from "../files/sha256.ts"
import { writeWhole } from "../files/write_whole.ts"
import { MAX_SIZE } from "../models/define_network.ts"
import { readFileHashes } from "../run/file_hashes.ts"
import type { RunImage } from "../run/read_run.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"
import { didYouMean } from "../text/nearest.ts"
import { explainedAll, explainedOne } from "./explain_text.ts"
import { batchFlag } from "./flag_batch.ts"
import { openGivenModel, ownModelFlag } from "./flag_model.ts"
import { numberFlag } from "./flag_number.ts"
import { choiceFlag, textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { say, warn } from "./print.ts"
import { readImages } from "./read_images.ts"
import { status } from "./status.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments extends AdapterArguments {
  run: string
  image?: string
  all: boolean
  out?: string
  force: boolean
  method?: Method
  layer?: string
  class?: string
  patch?: number
  stride?: number
  fill?: (typeof fills)[number]
  batch?: number
  model?: string
  json: boolean
}

/** `npx cnn explain`: which image regions a run's networks used. */
export const command: CommandModule<object, Arguments> = {
  command: "explain <run> [image]",
  builder: (yargs) =>
    yargs
      .positional("run", { type: "string", demandOption: true, describe: "a run folder" })
      .positional("image", {
        type: "string",
        describe: "image file, or an image of the run as named in predictions.csv",
      })
      .options({
        all: {
          type: "boolean",
          default: false,
          describe: "explain every image of the run, with the network that was not trained on it",
        },
        out: textFlag("out", "PNG file for the heatmap; with --all a folder for them, new or empty"),
        force: { type: "boolean", default: false, describe: "overwrite existing files" },
        method: choiceFlag("method", "how the heatmap is computed", methods, defaultMethod),
        layer: textFlag(
          "layer",
          "the layer whose map is taken, by its name in the weights",
          "the last one for grad-cam, else the deepest of 16 x 16 cells or more",
        ),
        class: textFlag(
          "class",
          "class to explain",
          "the positive class; with more than two classes the predicted one",
        ),
        patch: pixelsFlag("patch", "occlusion: width and height of a patch", "an eighth of the image's"),
        stride: pixelsFlag("stride", "occlusion: step from one patch to the next", "half of --patch"),
        fill: choiceFlag(
          "fill",
          "occlusion: fill a patch with the mean around it, or with the image's",
          fills,
          fills[0],
        ),
        batch: batchFlag,
        model: ownModelFlag,
        json: { type: "boolean", default: false, describe: "print one JSON document" },
        ...adapterFlags,
      }) as never,
  async handler(given) {
    const { run, image, all, out, force, model, json, adapter, exact } = given
    refuseMismatch(given)
    if (out !== undefined && !force) refuseThere(out, all)
    const network = await openGivenModel(model)
    const gpu = await openGpu({ adapter, exact })
    try {
      const explainer = RunExplainer.open(gpu, run, network)
      if (out !== undefined && explainer.run.config.hidden !== undefined)
        warn(`${run}: the run's pages are without images, but these heatmaps show films: keep ${out}`)
      const options = explainOptions(given, explainer.run.classes)
      const text = all
        ? await explainAll(explainer, options, out, force)
        : await explainOne(explainer, options, image!, out!)
      if (json) process.stdout.write(text(true))
      else say(text(false).trimEnd())
    } finally {
      gpu.close()
    }
  },
}

/** Of the random weights that hits are compared with. */
const RANDOM_SEED = 77

const pixelsFlag = (name: string, describe: string, value: string) =>
  numberFlag(name, { describe: `${describe}, in pixels`, default: value, integer: true, min: 1, max: MAX_SIZE })

/** @throws when flags are given that do not go together, or are missing */
function refuseMismatch({ image, all, out, method = defaultMethod, layer, patch, stride, fill }: Arguments): void {
  if (all && image !== undefined) throw new UsageError(`${image}: an image and --all; expected one of them`)
  if (!all && image === undefined) throw new UsageError("expected an image, or --all for every image of the run")
  if (!all && out === undefined) throw new UsageError("expected --out FILE.png for the heatmap")
  if (out === "") throw new UsageError("--out is empty; expected a file, or with --all a folder")
  if (!all && !/\.png$/i.test(out!))
    throw new UsageError(`--out is "${out}"; expected a name ending in .png: a heatmap is written as PNG`)
  const flag = Object.entries({ patch, stride, fill }).find(([, value]) => value !== undefined)?.[0]
  if (layer !== undefined && method === "occlusion")
    throw new UsageError("--layer needs a class activation map; occlusion has no layer")
  if (flag && method !== "occlusion") throw new UsageError(`--${flag} needs --method occlusion, not ${method}`)
}

function refuseThere(out: string, all: boolean): void {
  if (all) refuseFull(out)
  else refuseFile(out, false)
}

function explainOptions(given: Arguments, classes: string[]): RunExplainOptions & { method: Method } {
  const { class: name, method = defaultMethod, layer, patch, stride, fill, batch } = given
  const label = name === undefined ? undefined : classes.indexOf(name)
  if (label === -1)
    throw new Error(
      `--class is "${name}"; the run's classes are ${classes.join(", ")}.${didYouMean(String(name), classes)}`,
    )
  const asked = Object.entries({ label, layer, patch, stride, fill, batch }).filter(([, value]) => value !== undefined)
  return { method, ...Object.fromEntries(asked) }
}

/** @returns what to print */
async function explainOne(
  explainer: RunExplainer,
  options: RunExplainOptions & { method: Method },
  image: string,
  out: string,
) {
  const own = explainer.find(image) ?? (await sameContent(explainer, image))
  const explained = own ? await explainer.explainOwn(own, options) : await other(explainer, options, image)
  writeWhole(out, await heatmap(explained.pixels, explained.map, explainer.size))
  const { label, peak } = explained
  const { run } = explainer
  const { method } = options
  return (json: boolean) =>
    explainedOne(json, { file: own?.file ?? image, out, method, class: run.classes[label], fold: own?.fold, peak })
}

/** The run's image with the content of this file, whatever it is called here. */
async function sameContent(explainer: RunExplainer, file: string): Promise<RunImage | undefined> {
  const hashes = readFileHashes(explainer.run.folder)
  if (hashes.size === 0 || !existsSync(file)) return undefined
  const own = sha256(await readFile(file))
  const name = [...hashes].find(([, hash]) => hash === own)?.[0]
  return name === undefined ? undefined : explainer.find(name)
}

async function other(explainer: RunExplainer, options: RunExplainOptions, image: string) {
  const { pixels, failed } = await readImages([image], explainer.size)
  if (failed.length === 0) return explainer.explainOther(pixels, options)
  throw new Error(`${image}: ${failed[0].reason}, and the run has no image of that name in its predictions.csv`)
}

/** @returns what to print */
async function explainAll(
  explainer: RunExplainer,
  options: RunExplainOptions & { method: Method },
  out: string | undefined,
  force: boolean,
) {
  const { run, size } = explainer
  if (readExplanations(run)[options.method] && !force)
    throw new Error(`${run.folder}: its explanations.json has ${options.method} already; --force overwrites it`)
  const table = new ExplanationTable(explainer)
  let done = 0
  for await (const explained of explainer.explain(run.images, options)) {
    await table.add(explained)
    status(`explaining ${++done} of ${run.images.length} images `)
    if (out === undefined) continue
    const into = run.config.train.repeats > 1 ? path.join(out, `repeat-${explained.image.repeat}`) : out
    const file = path.join(into, pngName(explained.image.file))
    makeFolder(path.dirname(file))
    writeWhole(file, await heatmap(explained.pixels, explained.map, size))
  }
  for await (const explained of explainer.explain(table.found, { ...options, randomSeed: RANDOM_SEED })) {
    table.addRandom(explained)
    status("explaining with random weights ")
  }
  status("")
  const { label: _, batch: _batch, ...methodOptions } = options
  const made = table.finish(methodOptions)
  const file = writeExplanations(run, options.method, made)
  return (json: boolean) => explainedAll(json, { file, out, method: options.method, ...made })
}

/**
 * Of an image of the run that is no PNG the heatmap is one all the same: a.jpg.png, beside which
 * there may be an a.png.
 */
const pngName = (file: string): string => (/\.png$/i.test(file) ? file : `${file}.png`)
