/** How to train: the flags and the config that they make. */
import type { Options } from "yargs"
import type { DataSource } from "../run/data_source.ts"
import {
  keepNames,
  optimizerNames,
  type SplitName,
  samplingNames,
  scheduleNames,
  splitNames,
  type TrainConfig,
} from "../train/config.ts"
import { defaultConfig, defaultPatience } from "../train/defaults.ts"
import { modelFlag, NAMES } from "./flag_model.ts"
import { type NumberRule, numberFlag } from "./flag_number.ts"
import { choiceFlag, dashed, once, textFlag } from "./flag_text.ts"
import { AUGMENT_GROUP, type AugmentArguments, augmentFlags, rangesGiven, rangesOf } from "./flags_augment.ts"
import { UsageError } from "./usage_error.ts"

const GROUP = "Training:"

export type TrainArguments = Partial<Omit<TrainConfig, "augment" | "split">> &
  AugmentArguments & { augment?: boolean; split?: SplitName }

const number = (name: string, rule: NumberRule): Record<string, Options> => ({
  [name]: { ...numberFlag(name, rule), group: GROUP },
})
const choice = (name: string, ...rest: [string, readonly string[], string]): Record<string, Options> => ({
  [name]: { ...choiceFlag(name, ...rest), group: GROUP },
})

/** "auto" or a number. */
function positiveWeight(given: unknown): number | "auto" | undefined {
  if (given === undefined) return undefined
  const text = String(once("pos-weight")(given)).trim()
  if (text === "auto") return text
  const value = text === "" ? Number.NaN : Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new UsageError(`--pos-weight is "${text}"; expected a number over 0, or auto`)
}

const { folds, repeats, epochs, batch, validation, lr, weightDecay, clip, posWeight, sampling, seed } = defaultConfig

export const trainFlags: Record<string, Options> = {
  model: {
    ...modelFlag(`network: ${NAMES}, or a file that defines one, such as ./my_net.js`, { value: defaultConfig.model }),
    group: GROUP,
  },
  ...number("folds", { describe: "number of folds", default: folds, integer: true, min: 2, max: 255 }),
  ...choice(
    "split",
    "given: train on train, choose thresholds on val, test once on test, by folders or the column split",
    splitNames,
    "cross-validation",
  ),
  "folds-by": {
    ...textFlag("folds-by", "column of --labels, such as site, each of whose values is a fold"),
    group: GROUP,
  },
  ...number("repeats", {
    describe: "repeat the cross-validation N times with new folds and initial weights",
    default: repeats,
    integer: true,
    min: 1,
    max: 1000,
  }),
  ...number("epochs", {
    describe: "passes over the training images; a maximum with --keep best",
    default: epochs,
    integer: true,
    min: 1,
  }),
  ...choice(
    "keep",
    "which epoch's weights are tested; best has the lowest validation loss",
    keepNames,
    defaultConfig.keep,
  ),
  ...number("patience", {
    describe: "with --keep best: stop a fold after N epochs without improvement; 0 disables",
    default: "half of --epochs",
    integer: true,
    min: 0,
  }),
  ...number("batch", { describe: "images per training step", default: batch, integer: true, min: 1, max: 65535 }),
  ...number("validation", {
    describe: "fraction of the training images held out for threshold, temperature and --keep best",
    default: validation,
    above: 0,
    below: 1,
  }),
  ...choice("optimizer", "optimiser", optimizerNames, defaultConfig.optimizer),
  ...number("lr", { describe: "peak learning rate", default: lr, above: 0 }),
  ...number("weight-decay", { describe: "weight decay (L2)", default: weightDecay, min: 0 }),
  ...choice("schedule", "learning rate schedule", scheduleNames, defaultConfig.schedule),
  ...number("clip", { describe: "maximum gradient norm (L2); 0 disables clipping", default: clip, min: 0 }),
  "pos-weight": {
    describe: "weight of the positive class in the loss; auto balances the classes",
    defaultDescription: String(posWeight),
    requiresArg: true,
    coerce: positiveWeight,
    group: GROUP,
  },
  ...choice("sampling", "balanced draws all classes equally often", samplingNames, sampling),
  ...number("sensitivity", {
    describe: "choose the threshold that reaches this sensitivity on validation images",
    default: "Youden's threshold",
    above: 0,
    max: 1,
  }),
  ...number("seed", {
    describe: "random seed; the same seed reproduces the run exactly",
    default: seed,
    integer: true,
    min: 0,
    max: 2 ** 32 - 1,
  }),
  augment: {
    type: "boolean",
    describe: "randomly transform training images; --no-augment disables it",
    defaultDescription: "yes",
    group: AUGMENT_GROUP,
  },
  ...augmentFlags,
}

/** @throws when flags are given that do not go together */
export function trainConfig(given: TrainArguments): TrainConfig {
  const ranges = rangesGiven(given)
  const isOff = given.augment === false
  if (isOff && ranges.length > 0)
    throw new UsageError(
      `--no-augment turns augmentation off, but these flags ask for it: ${ranges.map((key) => `--${dashed(key)}`).join(", ")}`,
    )
  if (given.patience !== undefined && (given.keep ?? defaultConfig.keep) === "last")
    throw new UsageError(
      "--patience stops a fold early only if it keeps its best epoch. Add --keep best, or leave --patience out.",
    )
  checkSplit(given)
  const keys = Object.keys(defaultConfig) as (keyof TrainConfig)[]
  const config = Object.fromEntries(keys.map((key) => [key, given[key] ?? defaultConfig[key]]))
  const { patience = defaultPatience(given.epochs ?? epochs) } = given
  const own = {
    ...(given.split === "given" && { split: given.split }),
    ...(given.foldsBy && { foldsBy: given.foldsBy }),
  }
  return { ...(config as unknown as TrainConfig), ...own, patience, augment: isOff ? null : rangesOf(given) }
}

/** @throws if folds are to be made in two ways */
function checkSplit({ split, foldsBy, folds, repeats, validation }: TrainArguments): void {
  const refuse = (flag: string, others: Record<string, unknown>, why: string) => {
    const other = Object.keys(others).find((name) => others[name] !== undefined)
    if (other) throw new UsageError(`${flag} ${why}: leave --${other} out.`)
  }
  if (split === "given")
    refuse(
      "--split given",
      { folds, "folds-by": foldsBy, repeats, validation },
      "tests once on the set's own test part",
    )
  if (foldsBy !== undefined) refuse("--folds-by", { folds }, "makes a fold of each value")
}

/**
 * @param folder what the folder is called where it is given
 * @throws if the images that are asked for can have no such folds
 */
export function checkOwnFolds({ split, foldsBy }: TrainConfig, source: DataSource, folder = "--data"): void {
  if (split === "given" && source.kind === "phantom")
    throw new UsageError(`--split given goes with ${folder}; the phantom has no split of its own`)
  if (foldsBy !== undefined && (source.kind === "phantom" || source.labels === undefined))
    throw new UsageError("--folds-by names a column of the table that --labels FILE gives. Add --labels.")
}
