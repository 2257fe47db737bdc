/** Where the images come from, for every command that reads a data set. */

import path from "node:path"
import type { Options } from "yargs"
import { parseClasses } from "../data/classes_flag.ts"
import { MAX_SIZE, type NetworkDefinition } from "../models/define_network.ts"
import { networks } from "../models/networks.ts"
import type { DataSource } from "../run/data_source.ts"
import { defaultData } from "../train/defaults.ts"
import { numberFlag } from "./flag_number.ts"
import { textFlag } from "./flag_text.ts"
import { asUsage, UsageError } from "./usage_error.ts"

const GROUP = "Data:"

export interface DataArguments {
  data?: string
  positive?: string
  classes?: string
  labels?: string
  labelColumn?: string
  fileColumn?: string
  groups?: string
  groupBy?: string
  groupNames?: boolean
  allImages?: boolean
  strict?: boolean
  audit?: boolean
  count?: number
  byType?: boolean
  size?: number
}

const text = (name: string, describe: string, value?: string): Record<string, Options> => ({
  [name]: { ...textFlag(name, describe, value), group: GROUP },
})

export const dataFlags: Record<string, Options> = {
  ...text("data", "folder with one folder of images per class; default: the built-in phantom"),
  ...text("positive", "name of the positive class, if it is not recognised"),
  ...text("classes", "folder of each class, as NAME=DIR[,NAME=DIR...]; skips other images", "by folder names"),
  ...text("labels", "CSV or TSV with columns file and label, and others such as patient and split", "folder names"),
  ...text("label-column", "name of its label column, if it is not recognised"),
  ...text("file-column", "name of its file column, if it is not recognised"),
  ...text("groups", "CSV with columns file and group; images of a group stay in one fold", "DIR/groups.csv"),
  ...text("group-by", "regular expression whose match in the path is the group"),
  "group-names": {
    type: "boolean",
    describe: "recognise patients and copies by file names; --no-group-names does not",
    defaultDescription: "yes",
    group: GROUP,
  },
  "all-images": {
    type: "boolean",
    describe: "train also on what looks like masks, thumbnails and this program's heatmaps, instead of leaving it out",
    group: GROUP,
  },
  strict: {
    type: "boolean",
    describe: "stop if a file cannot be used or the audit finds problems",
    group: GROUP,
  },
  audit: {
    type: "boolean",
    describe: "look for copies, wrong labels and shortcuts first; --no-audit skips it",
    defaultDescription: "yes",
    group: GROUP,
  },
  count: {
    ...numberFlag("count", {
      describe: "number of phantom images",
      default: defaultData.count,
      integer: true,
      min: 4,
      max: 1e6,
    }),
    group: GROUP,
  },
  "by-type": { type: "boolean", describe: "phantom: one class per type of fracture", group: GROUP },
  size: {
    ...numberFlag("size", {
      describe: "width and height of the images, in pixels",
      default: `that of --model: ${Object.values(networks).map(sizesText).join(", ")}`,
      integer: true,
      min: 8,
      max: MAX_SIZE,
    }),
    group: GROUP,
  },
}

/** "small 80, with --data 128" */
function sizesText(network: NetworkDefinition): string {
  const [drawn, read] = [network.defaultSize("phantom"), network.defaultSize("folder")]
  return `${network.name} ${drawn}${read === drawn ? "" : ` (${read} with --data)`}`
}

/**
 * @throws if groups are given in two ways, or in one that cannot be right whatever the images are
 * called
 */
export function checkGroups({ groups, groupBy }: Pick<DataArguments, "groups" | "groupBy">): void {
  if (groupBy === undefined) return
  if (groups !== undefined)
    throw new UsageError("--groups and --group-by both say how to group the images: give one of them")
  asUsage(() => new RegExp(groupBy), `--group-by ${groupBy}: `)
}

/** @throws if classes are given in two ways, or columns of a table that is not given */
export function checkLabels({ labels, labelColumn, fileColumn, classes }: DataArguments): void {
  const column = labelColumn !== undefined ? "--label-column" : fileColumn !== undefined ? "--file-column" : undefined
  if (labels === undefined && column !== undefined)
    throw new UsageError(`${column} names a column of the table that --labels FILE gives. Add --labels.`)
  if (labels !== undefined && classes !== undefined)
    throw new UsageError("--labels and --classes both say what the classes are: give one of them")
  if (classes !== undefined) parseClasses(classes)
}

/**
 * @param seed of the phantom
 * @param folder what the folder is called where it is given
 * @throws when flags are given that do not go together
 */
export function dataSource(given: DataArguments, seed: number, folder = "--data"): DataSource {
  const { data, positive, classes, groups: groupsFile, groupBy, groupNames, strict, audit, count, byType } = given
  const { labels, labelColumn, fileColumn, allImages } = given
  const refuse = (flags: Record<string, unknown>, why: string) => {
    const flag = Object.keys(flags).find((name) => flags[name] !== undefined)
    if (flag) throw new UsageError(`--${flag} ${why}`)
  }
  if (data === undefined) {
    refuse(
      {
        ...{ positive, classes, labels, "label-column": labelColumn, "file-column": fileColumn, groups: groupsFile },
        ...{ "group-by": groupBy, "group-names": groupNames, "all-images": allImages, strict, audit },
      },
      `goes with ${folder}; the phantom has no use for it`,
    )
    return { kind: "phantom", count: count ?? defaultData.count, seed, byType: byType ?? false }
  }
  refuse({ count, "by-type": byType }, `is for the built-in phantom, not for ${folder}`)
  checkGroups(given)
  checkLabels(given)
  if (data === "") throw new UsageError(`${folder} is empty; expected a folder`)
  // Absolute, so that the run finds them again from wherever it is looked at.
  const [dir, csv, table] = [path.resolve(data), groupsFile && path.resolve(groupsFile), labels && path.resolve(labels)]
  const columns = table === undefined ? {} : { labels: table, labelColumn, fileColumn }
  const named = { positive, classes, ...columns, groupsFile: csv, groupBy, groupNames, allImages }
  return { kind: "folder", dir, ...named, strict: strict ?? false }
}
