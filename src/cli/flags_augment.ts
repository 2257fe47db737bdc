/** The augmentation's flags, one a range, for every command that augments. */
import type { Options } from "yargs"
import type { AugmentRanges } from "../layers/augment.ts"
import { defaultConfig } from "../train/defaults.ts"
import { numberFlag } from "./flag_number.ts"

export const AUGMENT_GROUP = "Augmentation:"
const defaults = defaultConfig.augment!

export type AugmentArguments = Partial<AugmentRanges>

const numbers = {
  rotation: { describe: "degrees in either direction", max: 180 },
  zoom: { describe: "fraction: 0.1 scales by 0.9 to 1.1", max: 0.9 },
  shift: { describe: "fraction of width and height, in either direction", max: 1 },
  shear: { describe: "degrees in either direction", max: 80 },
  brightness: { describe: "added to the gray value, which runs from 0 to 1", max: 1 },
  contrast: { describe: "fraction: 0.1 stretches gray values by 0.9 to 1.1", max: 1 },
} as const

const flips = {
  "flip-horizontal": {
    describe: "mirror each training image left to right with probability 0.5",
    key: "flipHorizontal",
  },
  "flip-vertical": { describe: "mirror each training image top to bottom with probability 0.5", key: "flipVertical" },
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
