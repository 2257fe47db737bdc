/** Names of a table's columns, as people vary them. */

/** The column of this name, whatever its case and whether its words are apart by spaces, "_" or "-". */
export const columnNamed = (columns: readonly string[], name: string): string | undefined =>
  columns.find((column) => column === name) ?? columns.find((column) => columnKey(column) === columnKey(name))

/** One spelling for "Patient ID", "patient_id" and "patient-id". */
export const columnKey = (column: string): string => column.toLowerCase().replace(/[\s_-]+/g, "_")
