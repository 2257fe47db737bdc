import type { Dataset } from "../data/dataset.ts"

/** Some of the images of a set. */
export function subset(data: Dataset, keeps: (file: string) => boolean): Dataset {
  const kept = [...data.files.keys()].filter((i) => keeps(data.files[i]))
  if (kept.length === data.files.length) return data
  const of = <T>(values: readonly T[]): T[] => kept.map((i) => values[i])
  const { size, columns, hashes, parts } = data
  const pixels = new Uint8Array(kept.length * size * size)
  for (const [k, i] of kept.entries())
    pixels.set(data.pixels.subarray(i * size * size, (i + 1) * size * size), k * size * size)
  return {
    ...{ ...data, pixels, files: of(data.files), groups: of(data.groups) },
    labels: Uint8Array.from(kept, (i) => data.labels[i]),
    ...(hashes && { hashes: of(hashes) }),
    ...(parts && { parts: of(parts) }),
    ...(columns && {
      columns: Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, of(cells)])),
    }),
  }
}
