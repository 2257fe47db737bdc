/** A place to open files by a button or by the keyboard; see drop_anywhere.ts for dropping them. */
import { el } from "./dom.ts"

export class FilePicker {
  readonly element: HTMLElement

  /**
   * @param accept as an input takes it
   * @param take is given what was chosen
   */
  constructor(name: string, hint: string, accept: string, take: (files: File[]) => void) {
    const input = el("input", { type: "file", multiple: true, accept })
    input.addEventListener("change", () => {
      take([...(input.files ?? [])])
      // So that the same file can be chosen again.
      input.value = ""
    })
    this.element = el("label", { className: "picker" }, el("strong", {}, name), " ", el("span", {}, hint), input)
  }
}
