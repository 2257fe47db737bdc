import type { Alert } from "./alerts.ts"
import { type Html, html } from "./html.ts"

/** A line each, problems marked. */
export const alertsHtml = (alerts: readonly Alert[]): Html =>
  html`<ul class="alerts">${alerts.map(
    ({ level, text }) => html`<li class="${level}"><b>${level === "problem" ? "Problem" : "Note"}</b> ${text}</li>\n`,
  )}</ul>`
