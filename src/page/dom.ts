/**
 * Elements, made and found. Texts are set as texts: nothing that came from a file or a server is
 * read as HTML.
 */

type Properties<Tag extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[Tag], "style" | "attributes">
> & {
  /** For what has no property: aria-..., for. */
  attributes?: Record<string, string>
}

export type Child = Node | string | false | undefined

/** A new element. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { attributes = {}, ...properties }: Properties<Tag> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  fill(element, ...children)
  return element
}

/** Puts these in place of what the element holds. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => child !== false && child !== undefined))
}

/** The page's element of that id. @throws where it has none */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`the page has no #${id}`)
  return element
}
