/** What enhanced files of one frame have in functional groups. PS3.3, C.7.6.16. */
import type { Element, Item } from "./dicom_files.ts"

const [SHARED, PER_FRAME] = ["52009229", "52009230"]
/** The elements that lie within a sequence of a group. */
const SEQUENCES = {
  "00289145": ["00281052", "00281053", "00281054"],
  "00289132": ["00281050", "00281051", "00281056", "00283010"],
}

/**
 * Elements of a picture with rescaling and windows in a group.
 *
 * @param where what holds for all frames, what holds for one, or one that says something and one
 *   that is overruled
 */
export function inFunctionalGroups(more: readonly Element[], where: "shared" | "frame" | "both"): Element[] {
  const all: string[] = Object.values(SEQUENCES).flat()
  const group = (elements: readonly Element[]): Item =>
    Object.entries(SEQUENCES).flatMap(([sequence, tags]): Element[] => {
      const item = elements.filter(([tag]) => tags.includes(tag)).sort(([a], [b]) => (a < b ? -1 : 1))
      return item.length > 0 ? [[sequence, "SQ", [item]]] : []
    })
  const sorted = (item: Item): Item => [...item].sort(([a], [b]) => (a < b ? -1 : 1))
  const own = sorted(group(more))
  const wrong = sorted(own.map(([sequence]): Element => [sequence, "SQ", [OTHER[sequence as keyof typeof OTHER]]]))
  const place = (tag: string, item: Item): Element => [tag, "SQ", [item]]
  const groups = { shared: [place(SHARED, own)], frame: [place(PER_FRAME, own)], both: [place(SHARED, wrong), place(PER_FRAME, own)] } // biome-ignore format: a row
  return [["00280008", "IS", "1"], ...more.filter(([tag]) => !all.includes(tag)), ...groups[where]]
}

const OTHER: Record<keyof typeof SEQUENCES, Item> = {
  "00289145": [["00281052", "DS", "-7"], ["00281053", "DS", "3"]], // biome-ignore format: a pair
  "00289132": [["00281050", "DS", "19"], ["00281051", "DS", "5"]], // biome-ignore format: a pair
}
