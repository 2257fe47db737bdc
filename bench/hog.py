"""What needs no network: logistic regression on histograms of oriented gradients (HOG), in the folds of `npx cnn train`.

    npm run build && node bench/pytorch_data.mjs DATA folds
    python3 bench/hog.py folds

First what the shape of the files gives away: AUC of width / height, of all images and of those that are not wider than high.
Then HOG: AUC pooled out of fold, one for each seed; for each fold it is fitted to training and validation part together, since nothing is chosen
on the latter. Needs numpy, scikit-image and scikit-learn.
"""
import argparse
import json
import pathlib

import numpy as np
from skimage.feature import hog
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

CELL = 8  # pixels; blocks of 2 x 2 cells, 9 directions


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folds", type=pathlib.Path, help="what bench/pytorch_data.mjs wrote")
    folder = parser.parse_args().folds
    data = json.loads((folder / "splits.json").read_text())
    size, labels = data["size"], np.array(data["labels"])
    aspects = np.array(data["aspects"])
    for name, kept in [("all", aspects > 0), ("wider than high", aspects > 1), ("the others", aspects <= 1)]:
        area = roc_auc_score(labels[kept], aspects[kept])
        print(f"{name}: {kept.sum()} images, {labels[kept].sum()} positive, AUC of width / height {area:.3f}")
    images = np.fromfile(folder / "pixels.bin", np.uint8).reshape(-1, size, size)
    features = np.stack([hog(image, 9, (CELL, CELL), (2, 2)) for image in images])
    areas = []
    for seed in data["seeds"]:
        folds, scores = np.array(seed["fold"]), np.zeros(len(labels))
        for fold in np.unique(folds):
            test = folds == fold
            model = LogisticRegression(max_iter=2000).fit(features[~test], labels[~test])
            scores[test] = model.decision_function(features[test])
        areas.append(roc_auc_score(labels, scores))
    print("HOG, out of fold: AUC", ", ".join(f"{area:.3f}" for area in areas), f"mean {np.mean(areas):.3f}")


main()
