/** What lies beside images in real folders and holds none: told by its name and its first bytes. */
import { plural } from "../text/plural.ts"

/** Files that systems leave everywhere; their names are no one's choice. */
const SYSTEM = /^(\.DS_Store|\._.*|Thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|Icon\r?|\.directory|ZbThumbnail\.info|Picasa\.ini|\.?dicomdir)$/i // biome-ignore format: a list
const SYSTEM_FOLDER =
  /^(__MACOSX|\$RECYCLE\.BIN|System Volume Information|#recycle|#snapshot|lost\+found|@Recycle|@tmp)$/i
/** Folders of small copies that file managers, photo programs and network drives make. */
const PREVIEWS = /^(@eaDir|\.@__thumb|\.thumb(nail)?s?|\.xvpics|\.picasaoriginals|\.imagethumbs?)$/i
/** Of office programs and of tables of numbers, which are not text. */
const DOCUMENT = /\.(xlsx?|xlsm|ods|docx?|odt|rtf|pptx?|odp|pyc|npy|npz|parquet|sqlite3?|db|safetensors)$/i

/** Why nothing in such a folder is looked at; undefined where it is. */
export function folderReason(name: string): string | undefined {
  if (PREVIEWS.test(name)) return "folder of thumbnails that another program made"
  if (SYSTEM_FOLDER.test(name)) return "folder of the operating system"
  if (name.startsWith(".")) return "hidden folder"
  return undefined
}

/** Why a file that is not of an image format is not missed; undefined where it might be. */
export function fileReason(name: string, head: Uint8Array): string | undefined {
  if (SYSTEM.test(name)) return "file of the operating system"
  if (DOCUMENT.test(name)) return "document or table"
  if (head.length === 0 && !TEXT.test(name)) return undefined
  if (name.startsWith(".") && isText(head)) return "hidden file"
  return isText(head) ? "text or table" : undefined
}

/** Texts, which may be empty. */
const TEXT =
  /\.(txt|csv|tsv|json|md|log|ini|ya?ml|xml|html?|py|ipynb|sh|bat|m|r|toml|cfg|lock)$|^(README|LICENSE|\.\w+)$/i

/** Whether these are letters of some alphabet. */
function isText(head: Uint8Array): boolean {
  const isWide = head.length >= 2 && [0xfeff, 0xfffe].includes((head[0] << 8) | head[1])
  return isWide || head.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13) || byte === 0x1b)
}

/** Whether images are in it: `--strict` does not let it pass. */
export const holdsImages = (reason: string): boolean => /^folder of thumbnails/.test(reason)

/** The name and the number of each kind, most first: "3 texts or tables (groups.csv, ...)". */
export function besideText(beside: readonly { file: string; reason: string }[]): string {
  const kinds = new Map<string, string[]>()
  for (const { file, reason } of beside) kinds.set(reason, [...(kinds.get(reason) ?? []), file])
  return [...kinds]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, files]) => `${plural(files.length, reason, PLURAL[reason])} (${files.slice(0, NAMED).join(", ")}${files.length > NAMED ? ", ..." : ""})`) // biome-ignore format: a row
    .join("; ")
}

const PLURAL: Record<string, string> = {
  "folder of thumbnails that another program made": "folders of thumbnails that another program made",
  "folder of the operating system": "folders of the operating system",
  "folder that this program wrote": "folders that this program wrote",
  "file of the operating system": "files of the operating system",
  "document or table": "documents or tables",
  "text or table": "texts or tables",
}

/** At most so many of a kind are named. */
const NAMED = 3
