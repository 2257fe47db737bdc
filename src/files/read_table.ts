import { parse } from "csv-parse/sync"

/**
 * The rows of a CSV with a header line, by their columns.
 *
 * @param content the file's text
 * @param file its name, for errors
 * @throws where the text is no CSV
 */
export function readTable(content: string, file: string): Record<string, string>[] {
  try {
    return parse(content, { columns: true })
  } catch (error) {
    const { message } = error as Error
    throw new Error(`${file}: not as cnn train wrote it, but cut short or edited: ${message}`, { cause: error })
  }
}
