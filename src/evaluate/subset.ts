import type { Dataset } from "../data/dataset.ts"
import { imageAt, type Pixels } from "../data/pixels.ts"

/** Some of the images of a set. */
export function subset(data: Dataset, keeps: (file: string) => boolean): Dataset {
  const kept = [...data.files.keys()].filter((i) => keeps(data.files[i]))
  if (kept.length === data.files.length) return data
  const of = <T>(values: readonly T[]): T[] => kept.map((i) => values[i])
  const { columns, hashes, parts } = data
  return {
    ...{ ...data, pixels: picked(data, kept), files: of(data.files), groups: of(data.groups) },
    labels: Uint8Array.from(kept, (i) => data.labels[i]),
    ...(hashes && { hashes: of(hashes) }),
    ...(parts && { parts: of(parts) }),
    ...(columns && {
      columns: Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, of(cells)])),
    }),
  }
}

function picked(data: Dataset, kept: readonly number[]): Pixels {
  const { pixels, size } = data
  if (!(pixels instanceof Uint8Array)) return pixels.pick(kept)
  const out = new Uint8Array(kept.length * size * size)
  for (const [k, i] of kept.entries()) out.set(imageAt(data, i), k * size * size)
  return out
}
