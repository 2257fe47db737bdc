import type { Options } from "yargs"

/** Whether pages show films and names of files. */
export const imagesFlag: Options = {
  type: "boolean",
  describe: "show images and file names in reports and pages; --no-images omits images and hashes names",
  defaultDescription: "yes",
}
