/** What a page holds of the data set, for whoever passes it on. */
import { plural } from "../text/plural.ts"

export const holdsText = (isHidden: boolean, films: number): string =>
  isHidden
    ? "This page contains no images; file and group names are hashed."
    : `This page contains ${plural(films, "film")} and file names; pass it on only where you may pass on those. ` +
      "--no-images makes one without."
