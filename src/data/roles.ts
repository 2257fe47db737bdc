/** What the names of files and folders say an image is, beside which film it belongs to. */

const MASK = "masks?|seg|segm|segs|segmentations?|segmented|gt|ground[-_ ]?truths?|labels?|label[-_ ]?maps?|annot|annotations?|annotated|rois?|contours?|outlines?|silhouettes?|mattes?|binary|overlays?" // biome-ignore format: a list
const SMALL = "thumb|thumbs|thumbnails?|tn|previews?|small|icons?|lowres|mini"
const FILM = "images?|imgs?|originals?|orig|raw|full|fullsize|x[-_ ]?rays?|radiographs?|photos?|pictures?|pics?|png|jpe?g|dicom|dcm|tiff?" // biome-ignore format: a list

/** As words: not within others, but also beside digits, as in r001mask. */
const wordsOf = (list: string, flags: string) => new RegExp(`(?<![a-z])(?:${list})(?![a-z])`, flags)
const [MASK_WORD, SMALL_WORD] = [wordsOf(MASK, "i"), wordsOf(SMALL, "i")]
const ALL_WORDS = wordsOf(`${MASK}|${SMALL}|${FILM}`, "gi")
/** Blogs and galleries add the size: r001-150x150.jpg */
const SIZED = /[-_ ]\d{2,4}x\d{2,4}$/

export interface Roles {
  isMask: boolean
  isSmall: boolean
  /**
   * The same for all images of one film: the path without its words for kinds of images, without
   * the file's ending.
   */
  film: string
}

export function rolesOf(file: string): Roles {
  const names = file.split("/")
  const stem = names.pop()!.replace(/(?<=.)\.[^.]*$/, "")
  const plain = stem.replace(SIZED, "")
  const bare = plain.replace(ALL_WORDS, "")
  const folders = names.map((name) => strip(name.replace(ALL_WORDS, ""))).filter((name) => name !== "")
  return {
    isMask: [...names, stem].some((name) => MASK_WORD.test(name)),
    isSmall: plain !== stem || [...names, stem].some((name) => SMALL_WORD.test(name)),
    film: [...folders, strip(bare) === "" ? stem : strip(bare)].join("/").toLowerCase(),
  }
}

/** Without what joined the words. */
const strip = (name: string): string => name.replace(/[-_ .]{2,}/g, "_").replace(/^[-_ .]+|[-_ .]+$/g, "")
