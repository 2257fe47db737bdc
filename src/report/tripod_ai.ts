/**
 * TRIPOD+AI, for prediction models by regression or machine learning, its items in short: Collins
 * et al., BMJ 385 (2024), e078378, https://doi.org/10.1136/bmj-2023-078378
 */
import { item, type Part } from "./checklist.ts"
import type { Facts } from "./checklist_facts.ts"

export function tripodItems(facts: Facts): Part[] {
  const drawn = facts.phantom ? "Does not apply: the images are drawn." : undefined
  const ungrouped = "None were asked for: --by COLUMN, of a labels table."
  return [
    {
      title: "Title and abstract",
      items: [
        item(
          1,
          "Development or evaluation of a prediction model, population and outcome in the title",
          `Development and internal evaluation; outcome: ${facts.task}.`,
          "The population.",
        ),
        item(2, "Abstract by TRIPOD+AI for Abstracts"),
      ],
    },
    {
      title: "Introduction",
      items: [
        item("3a", "Healthcare context, rationale, existing models"),
        item(
          "3b",
          "Target population, purpose in the care pathway, intended users",
          "Not for clinical use.",
          "What it is meant for in the end.",
        ),
        item("3c", "Known health inequalities between sociodemographic groups"),
        item(
          4,
          "Objectives; development, validation or both",
          "Development with internal validation.",
          "The objectives.",
        ),
      ],
    },
    {
      title: "Methods",
      items: [
        item(
          "5a",
          "Sources of data, why these, how representative",
          facts.source,
          facts.phantom ? undefined : "Why these, and how representative.",
        ),
        item("5b", "Dates of the data", drawn),
        item("6a", "Setting, number and location of centres", drawn),
        item("6b", "Eligibility of participants", drawn),
        item("6c", "Treatments received", drawn),
        item(7, "Preparation and quality checks of the data", `${facts.preparation} ${facts.quality}`),
        item(
          "8a",
          "Outcome: definition, how and when assessed",
          drawn ?? `${facts.truth} (${facts.task}), at the time of the image.`,
          drawn ? undefined : "How it was assessed.",
        ),
        item("8b", "Qualification of those who assessed the outcome", drawn),
        item("8c", "Blinding of the assessment of the outcome", drawn),
        item("9a", "Choice of predictors", "The pixels of one image; nothing was selected before."),
        item("9b", "Definition of predictors, how and when measured", facts.preparation),
        item("9c", "Qualification of those who assessed predictors", "Nobody assesses them: they are gray values."),
        item(10, "How the study size was arrived at", facts.size, "Whether it is enough."),
        item(11, "Missing data", facts.left),
        item("12a", "How data were used; partitions", `${facts.partition} ${facts.parts}`),
        item("12b", "How predictors were handled", facts.preparation),
        item(
          "12c",
          "Type of model, building, tuning, internal validation",
          `${facts.model} ${facts.training}`,
          "Which settings were tried before.",
        ),
        item(
          "12d",
          "Heterogeneity across clusters",
          `Folds and intervals respect groups. ${facts.disjoint} ${facts.subgroups ?? "Centres are not told apart."}`,
        ),
        item("12e", "Measures and plots of performance", `${facts.measures} ${facts.uncertainty}`),
        item("12f", "Updating of the model (recalibration)", facts.recalibration),
        item(
          "12g",
          "How predictions were calculated",
          "By each fold’s network; predictions.csv has every one, the weights files and npx cnn predict make further ones.",
        ),
        item(13, "Methods for class imbalance", facts.imbalance),
        item(
          14,
          "Approaches to fairness",
          facts.subgroups ?? `None. Subgroups: ${ungrouped}`,
          "Which groups matter, and why.",
        ),
        item(15, "Output, classification and thresholds", facts.output),
        item(
          16,
          "Differences between development and evaluation data",
          "None by design: both are parts of the same set.",
        ),
        item(17, "Ethical approval and consent", drawn),
      ],
    },
    {
      title: "Open science",
      items: [
        item("18a", "Funding"),
        item("18b", "Conflicts of interest"),
        item("18c", "Protocol", "Section “How to reproduce this”.", "Whether there was a protocol before."),
        item("18d", "Registration"),
        item("18e", "Availability of data", facts.phantom ? "The command draws them again." : undefined),
        item("18f", "Availability of code", facts.software, "Where this version can be had."),
      ],
    },
    { title: "Patient and public involvement", items: [item(19, "Involvement of patients and the public")] },
    {
      title: "Results",
      items: [
        item(
          "20a",
          "Flow of participants, with and without the outcome",
          `Section “Flow of images”. ${facts.counts} ${facts.left}`,
        ),
        item("20b", "Characteristics of participants", drawn),
        item(
          "20c",
          "Distribution of predictors in development and evaluation data",
          "Both are parts of the same set, drawn at random by group.",
        ),
        item(21, "Participants and events in each analysis", `${facts.counts} ${facts.parts}`),
        item(22, "The full model, for use by others", facts.weights, "Where they can be had."),
        item(
          "23a",
          "Performance with intervals, in subgroups too",
          `${facts.results} ${facts.patients} ${facts.subgroups ?? `Subgroups: ${ungrouped}`}`,
        ),
        item(
          "23b",
          "Heterogeneity across clusters",
          facts.subgroups ?? "Section “Fold by fold”; centres are not told apart.",
        ),
        item(24, "Results of updating", facts.recalibration),
      ],
    },
    {
      title: "Discussion",
      items: [
        item(25, "Interpretation, fairness included"),
        item(26, "Limitations", "Section “Limits” names those that every run has.", "Those of this study."),
        item(
          "27a",
          "Poor or unavailable input data in use",
          "A file that cannot be read is told and not predicted; a poor image is predicted like any other.",
        ),
        item("27b", "What users must do and know", "Not for clinical use.", "For any other use."),
        item("27c", "Next steps"),
      ],
    },
  ]
}
