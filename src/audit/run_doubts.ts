/** The labels of a folder that a run's out-of-fold networks contradict. */
import path from "node:path"
import { readFileHashes } from "../run/file_hashes.ts"
import type { Run } from "../run/read_run.ts"
import { plural } from "../text/plural.ts"
import { quoted } from "../text/quoted.ts"
import type { Audit } from "./audit.ts"
import { doubtful } from "./doubt.ts"

export interface RunDoubts {
  /** The run's folder. */
  run: string
  /** The most confidently contradicted first; label and answer are class names. */
  doubts: { file: string; label: string; answer: string; probability: number; confidence: number }[]
  /** Images of the run that are no longer in the folder. */
  missing: string[]
  /** Images of the run whose file holds something else now. */
  changed: string[]
  /** Images that the run has no prediction of. */
  unknown: string[]
}

/**
 * Images are matched by name and content, and if moved by content; a label is that of today, so
 * that one that was corrected is not doubted again.
 *
 * @throws if the folder has other classes than the run, or none of its images
 */
export function runDoubts(audit: Pick<Audit, "dir" | "files" | "hashes" | "classes" | "labels">, run: Run): RunDoubts {
  checkClasses(audit, run)
  const { places, missing, changed } = match(audit, run)
  if (places.size === 0)
    throw new Error(
      `${run.folder}: none of its ${plural(missing.length + changed.length, "image")} is in ${audit.dir}, such as ` +
        `${[...missing, ...changed][0]}. Name the folder that it was trained on.`,
    )
  const labelAt = (place: number) => run.classes.indexOf(audit.classes[audit.labels[place]])
  const predictions = run.images.flatMap(({ file, probabilities }) => {
    const place = places.get(file)
    return place === undefined ? [] : [{ file: audit.files[place], label: labelAt(place), probabilities }]
  })
  const known = new Set(places.values())
  return {
    run: run.folder,
    doubts: doubtful(predictions).map((doubt) => ({
      ...doubt,
      label: run.classes[doubt.label],
      answer: run.classes[doubt.answer],
    })),
    ...{ missing, changed, unknown: audit.files.filter((_, i) => !known.has(i)) },
  }
}

function checkClasses({ dir, classes }: Pick<Audit, "dir" | "classes">, run: Run): void {
  if ([...classes].sort().join("\0") === [...run.classes].sort().join("\0")) return
  const { file, labelColumn } = run.config?.data.table ?? {}
  const flags =
    file === undefined ? "" : ` With its labels: --labels ${quoted(file)} --label-column ${quoted(labelColumn!)}`
  throw new Error(
    `${run.folder}: was trained to tell ${run.classes.join(", ")} apart, and ${dir} has the classes ` +
      `${classes.join(", ")}; expected the same. Name the folder that the run was trained on.${flags}`,
  )
}

/**
 * Where each image of the run lies today. A run on drawn images has no hashes: there the name
 * decides.
 */
function match({ files, hashes }: Pick<Audit, "files" | "hashes">, run: Run) {
  const before = readFileHashes(run.folder)
  const byName = new Map(files.map((file, i) => [file, i]))
  const byContent = new Map(hashes.map((hash, i) => [hash, i]))
  const places = new Map<string, number>()
  const [missing, changed]: string[][] = [[], []]
  for (const file of new Set(run.images.map((image) => image.file))) {
    const [named, hash] = [byName.get(file), before.get(file)]
    const isSame = named !== undefined && (hash === undefined || hashes[named] === hash)
    const place = isSame ? named : byContent.get(hash ?? "")
    if (place !== undefined) places.set(file, place)
    else (named === undefined ? missing : changed).push(file)
  }
  return { places, missing, changed }
}

/** The folder of the run's images. @throws if they were drawn, with the command that writes them */
export function imageFolder({ folder, config }: Pick<Run, "folder" | "config">): string {
  const { source } = config
  if (source.kind === "folder") return source.dir
  const drawn = path.join(folder, "drawn")
  throw new Error(
    `${folder}: was trained on drawn images, which are in no folder. Write them into one, then name it: ` +
      `npx cnn phantom ${drawn} --count ${source.count} --seed ${source.seed}${source.byType ? " --by-type" : ""}`,
  )
}
