/** The page: its views, of which the address's fragment says which is seen. */
import { byId } from "./dom.ts"
import { engine } from "./engine.ts"
import { Networks } from "./networks_in_page.ts"
import { PredictView } from "./predict_view.ts"
import { servedRun } from "./served.ts"
import { showViews } from "./views.ts"

async function start(): Promise<void> {
  await engine()
  const run = await servedRun()
  const networks = new Networks(run)
  showViews({ predict: new PredictView(byId("view-predict"), networks) }, "predict")
}

start().catch((error: Error) => {
  byId("trouble").textContent = error.message
  byId("trouble").hidden = false
})
