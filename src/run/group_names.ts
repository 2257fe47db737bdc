/**
 * Names that were made up for patients and studies, beside the checkpoints of a run that is not
 * finished: a file and its name a line. The key that they were made with is nowhere.
 */
import { existsSync, rmSync } from "node:fs"
import path from "node:path"
import type { Dataset } from "../data/dataset.ts"
import { readGroupsCsv } from "../data/groups_csv.ts"
import { Pseudonyms } from "../data/pseudonyms.ts"
import { csv } from "../files/csv.ts"
import { makeFolder } from "../files/folders.ts"
import { writeWhole } from "../files/write_whole.ts"
import { CHECKPOINTS } from "./checkpoints.ts"

/** In the folder of checkpoints. */
export const GROUP_NAMES = "groups.csv"

const fileOf = (run: string) => path.join(run, CHECKPOINTS, GROUP_NAMES)

/** Writes nothing where no name was made up, and leaves none of an earlier run. */
export function keepGroupNames(run: string, { pseudonyms }: Pick<Dataset, "pseudonyms">): void {
  if (!pseudonyms?.size) {
    // Of a run that was ended before it had a config.
    rmSync(fileOf(run), { force: true })
    return
  }
  makeFolder(path.join(run, CHECKPOINTS))
  writeWhole(fileOf(run), csv(["file", "group"], [...pseudonyms]))
}

/** @throws where the file was damaged */
export async function keptGroupNames(run: string): Promise<Pseudonyms> {
  return new Pseudonyms(existsSync(fileOf(run)) ? await readGroupsCsv(fileOf(run)) : new Map())
}
