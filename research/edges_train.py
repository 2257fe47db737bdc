"""The marked row of research/edges.py as a network in PyTorch, trained by Adam: is its start still there at the end?

    npm run build && node research/pytorch_data.mjs DATA folds
    python3 research/edges_train.py folds [--filters 3e-4] [--epochs 40] [--test]

Convolution (the gradient in eight directions), ReLU, means of cells, 1x1 convolution (adds what is opposite), local normalisation, means of
8 x 8 cells, dense layer: 361 weights. No augmentation. Figures are those of research/inner.py, of the last epoch; with --test
of the test folds, by networks trained on all other films. Needs torch, numpy and scikit-learn.
"""
import argparse
import json
import pathlib

import numpy as np
import torch
from edge_stage import EdgePath, EdgeStage
from inner import figures, inner
from sklearn.metrics import roc_auc_score
from torch.nn import functional as F

BATCH, TOP = 16, 1e-2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folds", type=pathlib.Path, help="what research/pytorch_data.mjs wrote")
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--filters", type=float, default=0, help="learning rate of what is before the dense layer; 0 leaves it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--test", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = json.loads((args.folds / "splits.json").read_text())
    size, labels = data["size"], np.array(data["labels"])
    pixels = np.fromfile(args.folds / "pixels.bin", np.uint8).reshape(-1, 1, size, size)
    x, y = torch.from_numpy(pixels.astype(np.float32) / 255), torch.from_numpy(labels).float()
    if args.test:
        areas = [out_of_fold(args, x, y, np.array(data["seeds"][seed]["fold"])) for seed in args.seeds]
        print("test, out of fold: AUC", ", ".join(f"{area:.3f}" for area in areas), f"mean {np.mean(areas):.3f}")
        return
    score = lambda fit, ask, part: train(args, x, y, fit, part)(ask)
    found = np.array([figures(labels, parts, score) for parts in inner(data, args.seeds)])
    by_seed = found[:, 0].reshape(len(args.seeds), -1).mean(1)
    print(f"inner: AUC {found[:, 0].mean():.3f} (seeds", ", ".join(f"{each:.3f}" for each in by_seed) + f"), loss {found[:, 1].mean():.3f}")


def train(args, x, y, fit, key):
    """Returns the logits of films."""
    torch.manual_seed(key)
    random = np.random.RandomState(key)
    mean, sd = x[fit].mean(), x[fit].std()
    net = EdgePath(EdgeStage())
    before = [net.stage.filters, net.stage.pairs]
    tops = [TOP, args.filters]
    optimizer = torch.optim.Adam([{"params": net.head.parameters()}, {"params": before}])
    for weight in before:
        weight.requires_grad_(args.filters > 0)
    count = -(-len(fit) // BATCH)
    cycles = [one_cycle(args.epochs * count, top) for top in tops]
    for step in range(args.epochs * count):
        if step % count == 0:
            order = np.array_split(random.permutation(fit), count)
        for group, cycle in zip(optimizer.param_groups, cycles):
            group["lr"] = cycle[step]
        batch = order[step % count]
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(net((x[batch] - mean) / sd)[:, 0], y[batch]).backward()
        optimizer.step()
    with torch.no_grad():
        return lambda ask: net((x[ask] - mean) / sd)[:, 0].detach().numpy()


def one_cycle(total, top):
    """As OneCycleLR: up to `top` in three tenths of the updates, then down, both along cosines."""
    up = np.linspace(0, 1, max(2, round(0.3 * total)))
    down = np.linspace(0, 1, total - len(up) + 1)[1:]
    bend = lambda a, b, part: b + (a - b) / 2 * (1 + np.cos(np.pi * part))
    return np.concatenate([bend(top / 25, top, up), bend(top, top / 250000, down)])


def out_of_fold(args, x, y, fold_of):
    scores = np.zeros(len(y))
    for fold in range(fold_of.max() + 1):
        test = np.where(fold_of == fold)[0]
        scores[test] = train(args, x, y, np.where(fold_of != fold)[0], fold)(test)
    return roc_auc_score(y.numpy(), scores)


main()
