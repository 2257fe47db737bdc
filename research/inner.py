"""Cross-validation within the training part of each fold, to choose by: many more images than one validation part has.

Of each seed and fold of research/pytorch_data.mjs the films that are not tested are dealt into four parts by groups; each part is
asked of what was fitted to the other three. So each of 15 AUCs is of some 150 films and not of 23, and the test fold is not
looked at. Groups are dealt as by StratifiedGroupKFold of scikit-learn 1.9, which older ones (1.2 for one) do not do: shuffled, theirs are not
stratified. Needs numpy and scikit-learn.
"""
import numpy as np
from sklearn.metrics import roc_auc_score

PARTS = 4


def inner(data, seeds=(0, 1, 2), repeats=1):
    """For each seed, fold and repeat: pairs of indices, what to fit to and what to ask."""
    labels, groups = np.array(data["labels"]), np.array(data["groups"])
    for seed in seeds:
        fold_of = np.array(data["seeds"][seed]["fold"])
        for fold in range(fold_of.max() + 1):
            rest = np.where(fold_of != fold)[0]
            for repeat in range(repeats):
                part = dealt(labels[rest], groups[rest], 1000 * seed + 10 * fold + repeat)
                yield [(rest[part != k], rest[part == k]) for k in range(PARTS)]


def dealt(labels, groups, seed, parts=PARTS):
    """The part of each film: group by group, the most one-sided first, to where each label is then spread the most evenly."""
    _, group_of = np.unique(groups, return_inverse=True)
    counts = np.array([np.bincount(labels[group_of == k], minlength=2) for k in range(group_of.max() + 1)])
    order = np.arange(len(counts))
    np.random.RandomState(seed).shuffle(order)
    order = order[np.argsort(-counts[order].std(1), kind="stable")]
    held, part_of = np.zeros((parts, 2)), np.zeros(len(counts), int)
    for group in order:
        uneven = [((held + np.eye(parts)[:, [k]] * counts[group]) / counts.sum(0)).std(0).mean() for k in range(parts)]
        best = 0
        for k in range(1, parts):
            level = np.isclose(uneven[k], uneven[best]) and held[k].sum() < held[best].sum()
            best = k if level or uneven[k] < uneven[best] else best
        part_of[group] = best
        held[best] += counts[group]
    return part_of[group_of]


def figures(labels, parts, scores_of):
    """AUC and loss of the parts together; `scores_of(fit, ask, part)` gives the logits of the films to ask."""
    scores = np.concatenate([scores_of(fit, ask, part) for part, (fit, ask) in enumerate(parts)])
    answers = labels[np.concatenate([ask for _, ask in parts])]
    return roc_auc_score(answers, scores), np.mean(np.logaddexp(0, scores) - answers * scores)
