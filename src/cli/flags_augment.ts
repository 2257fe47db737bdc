/** The augmentation's flags, one a range, for every command that augments. */
import type { Options } from "yargs"
import type { AugmentRanges } from "../layers/augment.ts"
import { defaultConfig } from "../train/defaults.ts"
import { numberFlag } from "./flag_number.ts"

export const AUGMENT_GROUP = "Augmentation:"
const defaults = defaultConfig.augment!

export type AugmentArguments = Partial<AugmentRanges>

const numbers = {
  rotation: { describe: "degrees to either side", max: 180 },
  zoom: { describe: "part: 0.1 scales by 0.9 to 1.1", max: 0.9 },
  shift: { describe: "part of width and height, to either side", max: 1 },
  shear: { describe: "degrees to either side", max: 80 },
  brightness: { describe: "added to the gray value, which runs from 0 to 1", max: 1 },
  contrast: { describe: "part: 0.1 stretches gray values by 0.9 to 1.1", max: 1 },
} as const

const flips = {
  "flip-horizontal": { describe: "left and right change places in half of the draws", key: "flipHorizontal" },
  "flip-vertical": { describe: "top and bottom change places in half of the draws", key: "flipVertical" },
} as const

export const augmentFlags: Record<string, Options> = {
  ...Object.fromEntries(
    Object.entries(numbers).map(([name, rule]) => {
      const value = defaults[name as keyof typeof numbers]
      return [name, { ...numberFlag(name, { ...rule, min: 0, default: value }), group: AUGMENT_GROUP }]
    }),
  ),
  ...Object.fromEntries(
    Object.entries(flips).map(([name, { describe, key }]) => {
      const defaultDescription = defaults[key] ? "yes" : "no"
      return [
        name,
        { type: "boolean" as const, describe: `${describe}; --no-${name}`, defaultDescription, group: AUGMENT_GROUP },
      ]
    }),
  ),
}

/** The ranges that were given, the defaults for the others. */
export function rangesOf(given: AugmentArguments): AugmentRanges {
  const ranges = Object.entries(defaults).map(([key, value]) => [key, given[key as keyof AugmentRanges] ?? value])
  return Object.fromEntries(ranges) as unknown as AugmentRanges
}

/** The names of the ranges that were given. */
export const rangesGiven = (given: AugmentArguments): string[] =>
  Object.keys(defaults).filter((key) => given[key as keyof AugmentRanges] !== undefined)
