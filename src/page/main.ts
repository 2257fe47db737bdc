/** The page: its views, of which the address's fragment says which is seen. */
import { byId } from "./dom.ts"
import { dropAnywhere } from "./drop_anywhere.ts"
import { engine } from "./engine.ts"
import { ErrorsView } from "./errors_view.ts"
import { Networks } from "./networks_in_page.ts"
import { PlaygroundView } from "./playground_view.ts"
import { PredictView } from "./predict_view.ts"
import { servedRun } from "./served.ts"
import { showViews, type View } from "./views.ts"

async function start(): Promise<void> {
  await engine()
  const run = await servedRun()
  const networks = new Networks(run)
  const predict = new PredictView(byId("view-predict"), networks)
  dropAnywhere((files) => {
    location.hash = "predict"
    void predict.take(files)
  })
  const views: Record<string, View> = {
    predict,
    playground: new PlaygroundView(byId("view-playground")),
  }
  if (run?.predictions) {
    views.errors = new ErrorsView(byId("view-errors"), networks, run.predictions)
    byId("errors-link").hidden = false
  }
  showViews(views, run ? "predict" : "playground")
}

start().catch((error: Error) => {
  byId("trouble").textContent = error.message
  byId("trouble").hidden = false
})
