"""Cross-validation within the training part of each fold, to choose by: many more images than one validation part has.

Of each seed and fold of bench/pytorch_data.mjs the films that are not tested are dealt into four parts by groups; each part is
asked of what was fitted to the other three. So each of 15 AUCs is of some 150 films and not of 23, and the test fold is not
looked at. Needs numpy and scikit-learn.
"""
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

PARTS = 4


def inner(data, seeds=(0, 1, 2), repeats=1):
    """For each seed, fold and repeat: pairs of indices, what to fit to and what to ask."""
    labels, groups = np.array(data["labels"]), np.array(data["groups"])
    for seed in seeds:
        fold_of = np.array(data["seeds"][seed]["fold"])
        for fold in range(fold_of.max() + 1):
            rest = np.where(fold_of != fold)[0]
            for repeat in range(repeats):
                parts = StratifiedGroupKFold(PARTS, shuffle=True, random_state=1000 * seed + 10 * fold + repeat)
                yield [(rest[fit], rest[ask]) for fit, ask in parts.split(rest, labels[rest], groups[rest])]


def figures(labels, parts, scores_of):
    """AUC and loss of the parts together; `scores_of(fit, ask, part)` gives the logits of the films to ask."""
    scores = np.concatenate([scores_of(fit, ask, part) for part, (fit, ask) in enumerate(parts)])
    answers = labels[np.concatenate([ask for _, ask in parts])]
    return roc_auc_score(answers, scores), np.mean(np.logaddexp(0, scores) - answers * scores)
