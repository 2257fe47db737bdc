"""Means of rows of the recipe search, and what edges and logistic regression add to them.

    python3 research/recipe/blend.py folds-128 NAME --of ROW [ROW ...] [--edges] [--base ROW]

ROW is a row that research/recipe/search.py has run, or `edges`: means of edges in four directions over 16 x 16 cells,
normalised by their neighbours (research/edges.py), fitted to each image and its mirror image. Scores are
standardised in each inner part and averaged; the result is appended to the ledger. Needs torch, numpy and scikit-learn.
"""
import argparse
import json
import pathlib
import sys
import time

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from edge_stage import EdgeStage  # noqa: E402
from inner import dealt  # noqa: E402
from judge import auc, interval, judged  # noqa: E402


def edges(data, pixels, labels, part_of):
    x = torch.from_numpy(pixels.astype(np.float32) / 255)
    stage = EdgeStage(grid=16)
    with torch.no_grad():
        features = [stage((view - x.mean()) / x.std()).numpy() for view in (x, x.flip(3))]
    scores = np.zeros(len(labels))
    for part in range(3):
        fit, ask = part_of != part, part_of == part
        model = LogisticRegression(C=0.01, max_iter=1000)
        model.fit(np.concatenate([view[fit] for view in features]), np.tile(labels[fit], 2))
        scores[ask] = sum(model.decision_function(view[ask]) for view in features)
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("folds", type=pathlib.Path)
    add("name")
    add("--of", nargs="+", required=True)
    add("--base", default="defaults")
    args = parser.parse_args()
    started = time.time()
    data = json.loads((args.folds / "splits.json").read_text())
    rest = np.where(np.array(data["seeds"][0]["fold"]) != 0)[0]
    labels, groups = np.array(data["labels"])[rest], np.array(data["groups"])[rest]
    part_of = dealt(labels, groups, 0, 3)

    def row(name):
        path = args.folds.parent / f"{name}.npy"
        if name == "edges" and not path.exists():
            size = data["size"]
            pixels = np.fromfile(args.folds / "pixels.bin", np.uint8).reshape(-1, 1, size, size)[rest]
            np.save(path, edges(data, pixels, labels, part_of))
        return np.load(path)

    scores = np.zeros(len(rest))
    for part in range(3):
        asked = part_of == part
        rows = [row(name)[asked] for name in args.of]
        scores[asked] = np.mean([(each - each.mean()) / each.std() for each in rows], 0)
    np.save(args.folds.parent / f"{args.name}.npy", scores)
    parts = [part for part in range(3) if np.isfinite(scores[part_of == part]).all()]
    found = judged(labels, groups, part_of, [scores, row(args.base)], parts)
    result = {"name": args.name, "command": "blend.py " + " ".join(sys.argv[2:]), "size": data["size"]}
    result |= {"images": int(np.isin(part_of, parts).sum()), "auc": interval(found[:, 0])}
    result |= {"base": args.base, "difference": interval(found[:, 0] - found[:, 1]), "seconds": round(time.time() - started)}
    with (HERE / "ledger.jsonl").open("a") as ledger:
        ledger.write(json.dumps(result) + "\n")
    print(json.dumps(result), flush=True)


main()
