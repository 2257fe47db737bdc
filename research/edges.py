"""What of HOG ranks radiographs: its parts, one by one, each with logistic regression, as layers that a network could begin with.

    npm run build && node research/pytorch_data.mjs DATA folds
    python3 research/edges.py folds [--test]

Edges: eight filters of 3 x 3 pixels, the gradient along as many directions; ReLU; the mean over each cell. `pairs` adds
what is opposite (an edge from dark to light and one from light to dark), `norm` divides a cell by the length of all that is in its 3 x 3
neighbours, `grid` is how many cells a side are left. Figures are those of research/inner.py, of two repeats; with --test
the rows that are marked are asked of the test folds, too, fitted to all other films. Needs numpy, scikit-image and scikit-learn.
"""
import argparse
import json
import pathlib

import numpy as np
from inner import figures, inner
from scipy.ndimage import correlate, uniform_filter
from skimage.feature import hog
from sklearn.metrics import roc_auc_score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folds", type=pathlib.Path, help="what research/pytorch_data.mjs wrote")
    parser.add_argument("--test", action="store_true")
    args = parser.parse_args()
    data = json.loads((args.folds / "splits.json").read_text())
    size, labels = data["size"], np.array(data["labels"])
    images = np.fromfile(args.folds / "pixels.bin", np.uint8).reshape(-1, size, size)
    splits = list(inner(data, repeats=2))
    for name, marked, features in rows(images):
        kernel = kernel_of(features)
        found = []
        for C in (0.1, 1, 10):
            score = lambda fit, ask, _part: fitted(kernel, labels, fit, C)(ask)
            area, loss = np.mean([figures(labels, parts, score) for parts in splits], 0)
            found.append(f"C {C}: {area:.3f} ({loss:.2f})")
        print(f"{name:40}", ", ".join(found), flush=True)
        if args.test and marked:
            areas = [out_of_fold(kernel, labels, np.array(seed["fold"])) for seed in data["seeds"]]
            print("    test, C 1:", ", ".join(f"{area:.3f}" for area in areas), f"mean {np.mean(areas):.3f}", flush=True)


def rows(images):
    """Name, whether to test it, numbers of each image."""
    of = lambda block, x: np.stack([hog(image, 9, (8, 8), (block, block)) for image in x])
    mirrored = images[:, :, ::-1]
    plain = of(2, images)
    yield "HOG", True, plain
    yield "HOG, blocks of one cell", False, of(1, images)
    yield "HOG, blocks of 3 x 3 cells", False, of(3, images)
    yield "HOG, mean of image and mirror image", True, (plain + of(2, mirrored)) / 2
    for stride in (1, 2):
        for norm in (False, True):
            for pairs in (False, True):
                name = f"edges, stride {stride}{', pairs' * pairs}{', norm' * norm}"
                yield name, stride == 2 and pairs and norm, edges(images, stride, pairs, norm, 8)
    for grid in (4, 16):
        yield f"edges, stride 2, pairs, norm, grid {grid}", False, edges(images, 2, True, True, grid)
    both = [edges(x, 2, True, True, 8) for x in (images, mirrored)]
    yield "edges as marked, image and mirror image", True, (both[0] + both[1]) / 2


def edges(images, stride, pairs, norm, grid):
    """[N, directions, grid, grid], of gray values 0..255."""
    x = images / 255.0
    dx, dy = (correlate(x, np.reshape([-1, 0, 1], shape), mode="constant") for shape in ((1, 1, 3), (1, 3, 1)))
    along = [np.cos(a) * dx + np.sin(a) * dy for a in np.arange(8) * np.pi / 4]
    maps = np.stack([np.maximum(each, 0)[:, ::stride, ::stride] for each in along], 1)
    maps = means(maps, 16)
    if pairs:
        maps = maps[:, :4] + maps[:, 4:]
    if norm:
        energy = uniform_filter((maps**2).sum(1, keepdims=True), (1, 1, 3, 3), mode="nearest")
        maps = maps / np.sqrt(energy + 0.1**2)
    return means(maps, grid)


def means(maps, grid):
    cell = maps.shape[-1] // grid
    return maps.reshape(*maps.shape[:2], grid, cell, grid, cell).mean((3, 5))


def kernel_of(features):
    """Products of all pairs, where an image has a squared length of 100 in the mean: so that one C means much the same everywhere."""
    rows = features.reshape(len(features), -1).astype(float)
    return rows @ rows.T * (100 / (rows**2).sum(1).mean())


def fitted(kernel, labels, fit, C):
    """Logistic regression by Newton's method, in as many unknowns as films and not as numbers. Returns the logits of films."""
    n, logits = len(fit), np.zeros(len(fit))
    system = np.ones((n + 1, n + 1))
    system[n, n] = 0
    for _ in range(50):
        p = 1 / (1 + np.exp(-logits))
        curve = np.maximum(p * (1 - p), 1e-9)
        system[:n, :n] = kernel[np.ix_(fit, fit)] + np.diag(1 / (C * curve))
        *weights, bias = np.linalg.solve(system, np.append(logits + (labels[fit] - p) / curve, 0))
        before, logits = logits, kernel[np.ix_(fit, fit)] @ weights + bias
        if np.abs(logits - before).max() < 1e-6:
            break
    return lambda ask: kernel[np.ix_(ask, fit)] @ weights + bias


def out_of_fold(kernel, labels, fold_of):
    scores = np.zeros(len(labels))
    for fold in range(fold_of.max() + 1):
        scores[fold_of == fold] = fitted(kernel, labels, np.where(fold_of != fold)[0], 1)(np.where(fold_of == fold)[0])
    return roc_auc_score(labels, scores)


main()
