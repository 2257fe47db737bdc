import type { Options } from "yargs"

/** Whether pages show films and names of files. */
export const imagesFlag: Options = {
  type: "boolean",
  describe: "show films and file names on pages; --no-images leaves films out and hashes names",
  defaultDescription: "yes",
}
