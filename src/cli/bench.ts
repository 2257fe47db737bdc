import path from "node:path"
import type { CommandModule } from "yargs"
import { LADDERS, ladders } from "../../bench/families.ts"
import { type Ladder, parseShape } from "../../bench/ladder.ts"
import { hasRoofline, rooflineSvg } from "../../bench/roofline.ts"
import { allRight, type BenchEvents, type BenchJob, type BenchResult, runBench } from "../../bench/run.ts"
import { runSteps, type StepJob, type StepsResult } from "../../bench/step.ts"
import type { StepNetwork } from "../../bench/step_training.ts"
import { makeFolder, refuseFull } from "../files/folders.ts"
import { writeWhole } from "../files/write_whole.ts"
import { headText, LEGEND, measuredText, overheadsText, stepText } from "./bench_text.ts"
import { modelName, NAMES } from "./flag_model.ts"
import { numberFlag } from "./flag_number.ts"
import { textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { namedNetwork, REFNET_NAMES } from "./named_network.ts"
import { status } from "./status.ts"
import { asUsage, UsageError } from "./usage_error.ts"

interface Arguments extends AdapterArguments {
  families: string[]
  shape: string[]
  step?: string[]
  rounds?: number
  json: boolean
  out?: string
}

const ROUNDS = 7
/** Those whose speed is compared. */
const STEPS = ["refnet-s", "refnet-m", "reference"]

/** `npx cnn bench`: exit code 1 where a rung computes something wrong. */
export const command: CommandModule<object, Arguments> = {
  command: "bench [families...]",
  builder: (yargs) =>
    yargs
      .positional("families", {
        type: "string",
        array: true,
        describe: `${[...new Set(LADDERS.map(({ family }) => family))].join(", ")}; or single ladders, see below`,
      })
      .options({
        shape: {
          type: "string",
          array: true,
          requiresArg: true,
          default: [],
          describe: "one or more sizes in the form below, or names that the family has for sizes",
        },
        step: {
          type: "string",
          array: true,
          describe: `time whole training steps of ${REFNET_NAMES.join(", ")}, ${NAMES}, or of files that define a network`,
          defaultDescription: STEPS.join(" "),
        },
        rounds: numberFlag("rounds", {
          describe: "number of rounds, at least 2",
          default: ROUNDS,
          integer: true,
          min: 2,
          max: 1000,
        }),
        json: { type: "boolean", default: false, describe: "print one JSON document" },
        out: textFlag("out", "folder for results.json and the plot roofline.svg, new or empty", "none is written"),
        ...adapterFlags,
      })
      .epilog(`Ladders, and their sizes for --shape:\n${formsText()}`) as never,
  async handler({ families = [], shape, step, rounds = ROUNDS, json, out, adapter, exact }) {
    if (step && families.length + shape.length > 0)
      throw new UsageError("--step takes networks, and neither families nor --shape")
    const chosen = asUsage(() => checked(families, shape))
    const networks = step && (await stepNetworks(step.length > 0 ? step : STEPS))
    if (out !== undefined) refuseFull(out)
    const options = { rounds, adapter, exact }
    const result = networks
      ? await steps({ networks, ...options }, json)
      : await rungs({ ladders: chosen, shapes: shape, ...options }, json)
    if (json) console.log(JSON.stringify(result, null, 2))
    const files = out === undefined ? [] : await writeResult(out, result)
    if (!json) for (const file of files) console.log(file)
  },
}

/**
 * The ladders of these families. @throws for a name that there is not, or a shape that does not fit
 * one of them
 */
function checked(families: readonly string[], shapes: readonly string[]): Ladder[] {
  const chosen = ladders(families)
  for (const ladder of chosen) for (const shape of shapes) parseShape(ladder, shape)
  return chosen
}

/** @throws for a name that none has, and for a file that defines none */
async function stepNetworks(names: readonly string[]): Promise<Map<string, StepNetwork>> {
  const found = new Map<string, StepNetwork>()
  for (const given of names) {
    const name = modelName("--step", given, REFNET_NAMES)
    found.set(name, await namedNetwork(name))
  }
  return found
}

/** How the ladders of each family want their sizes. */
function formsText(): string {
  const forms = new Map<string, string[]>()
  for (const { form, name } of LADDERS) forms.set(form, [...(forms.get(form) ?? []), name])
  return [...forms].map(([form, names]) => `  ${form}\n      ${names.join(", ")}`).join("\n")
}

async function rungs(job: BenchJob, json: boolean): Promise<BenchResult> {
  const result = await runBench(job, json ? silent : printing)
  if (!allRight(result)) process.exitCode = 1
  return result
}

async function steps(job: StepJob, json: boolean): Promise<StepsResult> {
  const result = await runSteps(job, json ? () => {} : status)
  status("")
  if (!json) console.log([headText(result), ...result.steps.map(stepText)].join("\n\n"))
  return result
}

/** @returns the files; the plot is left out where nothing was timed that has a roofline */
async function writeResult(folder: string, result: BenchResult | StepsResult): Promise<string[]> {
  makeFolder(folder)
  const files: Record<string, string> = { "results.json": `${JSON.stringify(result, null, 2)}\n` }
  if ("ladders" in result && hasRoofline(result)) files["roofline.svg"] = await rooflineSvg(result)
  return Object.entries(files).map(([name, content]) => {
    const file = path.join(folder, name)
    writeWhole(file, content)
    return file
  })
}

const silent: BenchEvents = { opened() {}, progress() {}, measured() {} }

const printing: BenchEvents = {
  opened(result) {
    console.log(`${headText(result)}\n${overheadsText(result)}\n${LEGEND}`)
  },
  progress({ name }, shape, what) {
    status(`${name} ${shape}: ${what}`)
  },
  measured({ name }, measured) {
    status("")
    console.log(`\n${measuredText(name, measured)}`)
  },
}
