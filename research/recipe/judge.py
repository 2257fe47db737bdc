"""How rows of the recipe search are judged: AUC per inner part, averaged, with intervals from 1,000 resamples of groups."""
import numpy as np


def auc(labels, scores, weights):
    """Weighted: an image drawn twice counts twice. Equal scores count half."""
    _, rank = np.unique(scores, return_inverse=True)
    positive, negative = (np.bincount(rank, weights * (labels == label)) for label in (1, 0))
    below = np.cumsum(negative) - negative / 2
    return (positive * below).sum() / (positive.sum() * negative.sum())


def resampled(labels, groups, rows):
    """AUCs of each row of scores, first of the set as it is, then of 1,000 resamples of groups."""
    _, of = np.unique(groups, return_inverse=True)
    random, count = np.random.RandomState(1), of.max() + 1
    draws = [np.ones(count)] + [np.bincount(random.randint(count, size=count), minlength=count) for _ in range(1000)]
    return np.array([[auc(labels, row, draw[of].astype(float)) for row in rows] for draw in draws])


def judged(labels, groups, part_of, rows, parts):
    """[1 + 1000, rows]: mean over the parts, since each network has its own scale."""
    return np.mean([resampled(labels[p], groups[p], [row[p] for row in rows]) for p in (part_of == k for k in parts)], 0)


def interval(values):
    return [round(float(v), 4) for v in (values[0], *np.quantile(values[1:], [0.025, 0.975]))]
