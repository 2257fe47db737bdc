/**
 * The headers of every answer to a request that can be read: a page that loads and connects to
 * nothing but this server, and is shown in no other page.
 */

/** Also in the page's own head, for where another server has it. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'"],
].join("; ")

export const HEADERS: Record<string, string> = {
  "content-security-policy": `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  // Radiographs may be of patients: none stays in a browser's cache on the disk.
  "cache-control": "no-store",
}
