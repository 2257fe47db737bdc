/**
 * CLAIM, the Checklist for Artificial Intelligence in Medical Imaging, 2024 update, its items in
 * short: Tejani et al., Radiology: Artificial Intelligence 6 (2024), e240300,
 * https://doi.org/10.1148/ryai.240300
 */
import { item, type Part } from "./checklist.ts"
import type { Facts } from "./checklist_facts.ts"

export function claimItems(facts: Facts): Part[] {
  const drawn = facts.phantom ? "Does not apply: the images are drawn." : undefined
  return [
    {
      title: "Title and abstract",
      items: [
        item(
          1,
          "Named as a study of AI, with the kind of technology",
          `A convolutional neural network for ${facts.task}.`,
          "Say so in the title.",
        ),
        item(2, "Structured summary of design, methods, results, conclusions"),
      ],
    },
    {
      title: "Introduction",
      items: [
        item(3, "Scientific and clinical background, intended use, role of the AI"),
        item(4, "Aims, objectives and hypotheses"),
      ],
    },
    {
      title: "Methods: study design",
      items: [
        item(5, "Prospective or retrospective", "The run uses images that are there already."),
        item(6, "Goal of the study"),
      ],
    },
    {
      title: "Methods: data",
      items: [
        item(
          7,
          "Sources of the data",
          facts.source,
          facts.phantom ? undefined : "Where, when and by whom the images were taken.",
        ),
        item(
          8,
          "Inclusion and exclusion criteria",
          facts.left,
          facts.phantom ? undefined : "How images came into the folder.",
        ),
        item(9, "Preprocessing", facts.preparation),
        item(10, "Selection of subsets of the data", "None: every image that can be used is, whole."),
        item(
          11,
          "De-identification",
          drawn ?? "Only pixels are used; metadata in the files is not read by the network.",
          drawn ? undefined : "How the files were de-identified.",
        ),
        item(12, "Missing data", facts.left),
        item(13, "Image acquisition protocol", drawn),
      ],
    },
    {
      title: "Methods: reference standard",
      items: [
        item(
          14,
          "How the reference standard was obtained",
          drawn ?? `${facts.truth} is taken as the truth.`,
          drawn ? undefined : "How it was found out.",
        ),
        item(15, "Why that reference standard", drawn),
        item(16, "Who annotated, and with what qualification", drawn),
        item(17, "Annotation of the test set", "Test images are labelled as all others are."),
        item(18, "Variability between and within annotators", drawn),
      ],
    },
    {
      title: "Methods: partitions",
      items: [
        item(19, "How data were assigned to partitions", `${facts.partition} ${facts.parts}`),
        item(20, "Level at which partitions are disjoint", facts.disjoint),
      ],
    },
    { title: "Methods: testing data", items: [item(21, "Intended sample size", facts.size, "Whether it is enough.")] },
    {
      title: "Methods: model",
      items: [
        item(22, "Description of the model", facts.model),
        item(23, "Software", facts.software),
        item(24, "Initialisation of parameters", facts.beginning),
      ],
    },
    {
      title: "Methods: training",
      items: [
        item(25, "Training, augmentation, hyperparameters", facts.training),
        item(26, "How the final model was selected", facts.selection),
        item(
          27,
          "Ensembling",
          "Figures are of single networks, each on its own test part. npx cnn predict averages the networks of all folds, which these figures do not cover.",
        ),
      ],
    },
    {
      title: "Methods: evaluation",
      items: [
        item(28, "Metrics of performance", facts.measures),
        item(29, "Uncertainty and significance", facts.uncertainty),
        item(30, "Robustness or sensitivity analysis", facts.compared, facts.compared ? "Further ones." : undefined),
        item(
          31,
          "Explainability",
          "Class activation maps (LayerCAM) of the most confident errors; npx cnn explain makes those of all images.",
        ),
        item(32, "Inference on internal data", `${facts.partition} Every figure here is internal.`),
        item(33, "Testing on external data", "None in this run.", "npx cnn evaluate, on images of another source."),
        item(34, "Registration of a clinical trial", "No clinical trial."),
      ],
    },
    {
      title: "Results: data",
      items: [
        item(
          35,
          "Numbers of patients or examinations, included and excluded",
          `${facts.counts} ${facts.left} Section “Flow of images” draws it.`,
        ),
        item(
          36,
          "Demographic and clinical characteristics of each partition",
          drawn ?? facts.parts,
          drawn ? undefined : "Age, sex and the like.",
        ),
      ],
    },
    {
      title: "Results: performance",
      items: [
        item(
          37,
          "Performance with its uncertainty",
          `${facts.results} ${facts.patients} ${facts.subgroups ?? ""}`.trim(),
        ),
        item(
          38,
          "Diagnostic performance and its precision",
          "Sections “ROC and precision-recall”, “Confusion matrices and metrics” and “Decision curve and fixed rates”.",
        ),
        item(
          39,
          "Analysis of failures",
          "Section “The most confident errors” shows them.",
          "What they have in common.",
        ),
      ],
    },
    {
      title: "Discussion",
      items: [
        item(40, "Limitations", "Section “Limits” names those that every run has.", "Those of this study."),
        item(41, "Implications for practice", "Not for clinical use.", "Intended use."),
      ],
    },
    {
      title: "Other information",
      items: [
        item(
          42,
          "Where the protocol and further technical details are",
          "Section “How to reproduce this”; config.json has every setting.",
        ),
        item(43, "Availability of software, model and data", facts.weights, "Where they can be had."),
        item(44, "Funding, and the funders’ role"),
      ],
    },
  ]
}
