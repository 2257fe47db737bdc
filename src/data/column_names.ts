/** Names of a table's columns, as people vary them. */

/** Known names, those of public sets last: FracAtlas, GRAZPEDWRI-DX. */
export const KNOWN_COLUMNS = {
  file: ["file", "filename", "file_name", "path", "image", "image_id", "filestem"],
  label: ["label", "class", "fractured", "fracture_visible"],
  group: ["group", "patient", "patient_id"],
} as const

/** Finds the column of this name, whatever its case, with spaces, "_" or "-" between its words. */
export const columnNamed = (columns: readonly string[], name: string): string | undefined =>
  columns.find((column) => column === name) ?? columns.find((column) => columnKey(column) === columnKey(name))

/** One spelling for "Patient ID", "patient_id" and "patient-id". */
export const columnKey = (column: string): string => column.toLowerCase().replace(/[\s_-]+/g, "_")
