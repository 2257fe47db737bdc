/**
 * Tokens and blocks of a WGSL function body: as much of the grammar as unrolling needs, and
 * printing it again.
 */

export interface Token {
  text: string
  /** Where it starts in the text. */
  at: number
}

/** Up to and with its semicolon. */
export interface Plain {
  kind: "plain"
  tokens: Token[]
}

/** A head (`for (...)`, `if (...)`, `else`, `loop`, or nothing) and statements in braces. */
export interface Block {
  kind: "block"
  head: Token[]
  body: Statement[]
  /** The comment `// unroll`, or `// unroll if NAME`, where it stands before it. */
  mark?: string
  /** Whether an `else` follows. */
  otherwise: boolean
}

export type Statement = Plain | Block

const UNROLL = /^\/\/ unroll( if \w+)?$/

const TOKEN =
  /\/\/[^\n]*|\s+|[A-Za-z_]\w*|(?:0x[\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ufih]?|[-+*/%&|^<>=!]=|\+\+|--|&&|\|\||->|<<|>>|./g

/** Comments and white space go, but the mark of a loop stays. */
export function tokenize(text: string): Token[] {
  return [...text.matchAll(TOKEN)]
    .map((match) => ({ text: match[0].trimEnd(), at: match.index }))
    .filter((token) => UNROLL.test(token.text) || !/^(\/\/.*)?$/.test(token.text))
}

/**
 * Statements up to the closing brace of a body whose opening brace is already read.
 *
 * @returns the statements, and where the closing brace stands in the text
 */
export function parseBody(tokens: Token[]): { body: Statement[]; end: number } {
  const parser = { tokens, next: 0 }
  const body = statements(parser)
  return { body, end: parser.tokens[parser.next - 1].at }
}

interface Parser {
  tokens: Token[]
  next: number
}

function statements(parser: Parser): Statement[] {
  const out: Statement[] = []
  let mark: string | undefined
  for (;;) {
    const token = parser.tokens[parser.next]
    if (!token) throw new Error("a closing brace is missing")
    if (token.text === "}") {
      parser.next++
      return out
    }
    if (UNROLL.test(token.text)) {
      mark = token.text
      parser.next++
      continue
    }
    const before = out.at(-1)
    if (token.text === "else" && before?.kind === "block") before.otherwise = true
    out.push(statement(parser, mark))
    mark = undefined
  }
}

function statement(parser: Parser, mark?: string): Statement {
  const head: Token[] = []
  let depth = 0
  for (;;) {
    const token = parser.tokens[parser.next++]
    if (!token) throw new Error("a semicolon or a brace is missing")
    if (token.text === "(") depth++
    if (token.text === ")") depth--
    if (depth === 0 && token.text === ";") return { kind: "plain", tokens: [...head, token] }
    if (depth === 0 && token.text === "{") {
      return { kind: "block", head, body: statements(parser), mark, otherwise: false }
    }
    head.push(token)
  }
}

/** One statement a line, indented. */
export function printBody(body: Statement[], indent = "  "): string {
  return body
    .map((statement) =>
      statement.kind === "plain"
        ? `${indent}${printTokens(statement.tokens)}\n`
        : `${indent}${printTokens(statement.head)} {\n${printBody(statement.body, `${indent}  `)}${indent}}\n`,
    )
    .join("")
}

function printTokens(tokens: Token[]): string {
  let out = ""
  for (const { text } of tokens) {
    const glued = /^[)\],;.:]$/.test(text) || /[([.]$/.test(out) || out === ""
    const call = (text === "(" || text === "[") && /\w$/.test(out) && !/\b(for|if|while|switch|return)$/.test(out)
    out += glued || call ? text : ` ${text}`
  }
  return out
}
