import { foldersOf } from "./class_names.ts"

/**
 * What augmentation tools and file managers append; each stands at the end of a name without its
 * extension.
 */
const MARKS = [
  /[-_ ]rot(ated|ate|ation)?[-_ ]?\d*$/i,
  /[-_ ]aug(mented|mentation|ment)?[-_ ]?\d*$/i,
  /[-_ ](h|v|hv|horizontal|vertical)?[-_ ]?(flip|flipped|mirror|mirrored)[-_ ]?(h|v|hv|lr|ud|horizontal|vertical|\d+)?$/i,
  /[-_ ]+copy([-_ ]?\d+| ?\(\d+\))?$/i,
  // Roboflow: name_jpg.rf.<hash>, a hash for each augmented version.
  /[_.](jpe?g|png|webp|tiff?|bmp)\.rf\.[0-9a-z]{16,}$/i,
]
/**
 * Windows numbers both copies and unrelated files like this; it means a copy only where the plain
 * name exists too.
 */
const NUMBERED = / ?\(\d+\)$/
const EXTENSION = /\.[^.]+$/

/**
 * A name for what the file is a picture of: the path without extension, split folder and marks of
 * copying. fractured/10-rotated1-rotated2.jpg is fractured/10. Files of one name in train, val and
 * test count as one, since public sets put copies there. `stems` holds the paths of all files
 * without their extensions.
 */
export function original(file: string, stems: ReadonlySet<string>): string {
  const folders = foldersOf(file)
  const folder = file.slice(0, file.lastIndexOf("/") + 1)
  return [...folders, withoutMarks(stem(file).slice(folder.length), (name) => stems.has(folder + name))].join("/")
}

export const stem = (file: string): string => file.replace(EXTENSION, "")

function withoutMarks(name: string, exists: (name: string) => boolean): string {
  for (;;) {
    const numbered = name.replace(NUMBERED, "")
    const shorter = MARKS.reduce((rest, mark) => rest.replace(mark, ""), exists(numbered) ? numbered : name).replace(
      /^copy of /i,
      "",
    )
    // A name that is nothing but marks says nothing about what it shows.
    if (shorter === name || shorter === "") return name
    name = shorter
  }
}
