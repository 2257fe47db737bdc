/** The views of the page: the address's fragment says which one is seen. */
import { byId } from "./dom.ts"

export interface View {
  /** Is called each time that it comes to be seen. */
  show(): void
  /** And when another one does. */
  hide?(): void
}

/**
 * Shows the one that the address names, now and whenever that changes; else the first one named
 * here.
 */
export function showViews(views: Record<string, View>, usual: string): void {
  let shown: View | undefined
  const update = () => {
    // Behind a question mark a view keeps its settings.
    const [asked] = location.hash.slice(1).split("?")
    const name = Object.hasOwn(views, asked) ? asked : usual
    // A jump within the view, as the link to the contents is one.
    if (views[name] === shown) return
    for (const other of Object.keys(views)) byId(`view-${other}`).hidden = other !== name
    for (const link of document.querySelectorAll("nav a")) {
      if (link.getAttribute("href") === `#${name}`) link.setAttribute("aria-current", "page")
      else link.removeAttribute("aria-current")
    }
    shown?.hide?.()
    shown = views[name]
    shown.show()
  }
  addEventListener("hashchange", update)
  update()
}
