"""What needs no network: logistic regression on histograms of oriented gradients (HOG), in the folds of `npx cnn train`.

    npm run build && node research/pytorch_data.mjs DATA folds
    python3 research/hog.py folds

First what the shape of the files gives away: AUC of width / height, of all images and of those that are not wider than high.
Then HOG, fitted to the training parts: mean AUC and loss of the validation parts, as research/pytorch_train.py has them. And AUC
pooled out of fold, one for each seed, twice: fitted to the training part alone, as a network is; and to training and
validation part together, since nothing is chosen on the latter. Needs numpy, scikit-image and scikit-learn.
"""
import argparse
import json
import pathlib

import numpy as np
from skimage.feature import hog
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

CELL = 8  # pixels; blocks of 2 x 2 cells, 9 directions


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folds", type=pathlib.Path, help="what research/pytorch_data.mjs wrote")
    folder = parser.parse_args().folds
    data = json.loads((folder / "splits.json").read_text())
    size, labels = data["size"], np.array(data["labels"])
    aspects = np.array(data["aspects"])
    for name, kept in [("all", aspects > 0), ("wider than high", aspects > 1), ("the others", aspects <= 1)]:
        area = roc_auc_score(labels[kept], aspects[kept])
        print(f"{name}: {kept.sum()} images, {labels[kept].sum()} positive, AUC of width / height {area:.3f}")
    images = np.fromfile(folder / "pixels.bin", np.uint8).reshape(-1, size, size)
    features = np.stack([hog(image, 9, (CELL, CELL), (2, 2)) for image in images])
    areas, losses, alone, together = [], [], [], []
    for seed in data["seeds"]:
        folds, scores = np.array(seed["fold"]), np.zeros((2, len(labels)))
        for fold, validation in enumerate(seed["validation"]):
            test, rest = folds == fold, np.where(folds != fold)[0]
            model = fitted(features, labels, np.setdiff1d(rest, validation))
            asked = model.decision_function(features[validation])
            areas.append(roc_auc_score(labels[validation], asked))
            losses.append(log_loss(labels[validation], 1 / (1 + np.exp(-asked))))
            scores[0, test] = model.decision_function(features[test])
            scores[1, test] = fitted(features, labels, rest).decision_function(features[test])
        alone.append(roc_auc_score(labels, scores[0]))
        together.append(roc_auc_score(labels, scores[1]))
    print(f"HOG, validation: AUC {np.mean(areas):.3f}, loss {np.mean(losses):.3f}")
    for name, found in [("training part", alone), ("training and validation part", together)]:
        print(f"HOG, {name}, out of fold: AUC", ", ".join(f"{area:.3f}" for area in found), f"mean {np.mean(found):.3f}")


def fitted(features, labels, rows):
    return LogisticRegression(max_iter=2000).fit(features[rows], labels[rows])


main()
