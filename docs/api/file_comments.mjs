/**
 * For TypeDoc: an op's formula and shapes stand at the top of its file, where TypeDoc does not
 * look.
 */
import { readFileSync } from "node:fs"
import { Comment, Converter, ReflectionKind } from "typedoc"

/** The first doc comment, if the file begins with it. */
function fileComment(file) {
  const [, text] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(file, "utf8")) ?? []
  return text?.replace(/^ ?\* ?/gm, "").trim()
}

/** TypeDoc calls it. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const op of project.getReflectionsByKind(ReflectionKind.Function | ReflectionKind.Variable)) {
      const [source] = op.sources ?? []
      if (!source?.fullFileName.includes("/src/layers/")) continue
      const text = fileComment(source.fullFileName)
      if (!text) continue
      // As it is: stars and brackets in formulas are no Markdown.
      const parts = [{ kind: "text", text: `\`\`\`text\n${text}\n\`\`\`\n` }]
      for (const place of op.signatures ?? [op]) {
        if (place.comment) place.comment.summary.push(...parts)
        else place.comment = new Comment(parts)
      }
    }
  })
}
