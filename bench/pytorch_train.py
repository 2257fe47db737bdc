"""What PyTorch makes of the same: the network, recipe and folds of runs of `npx cnn train`, trained with PyTorch.

    python3 bench/pytorch_train.py --data DIR RUN [RUN ...] [--threads 1]

Each RUN is a run folder, from whose config.json network, recipe and size are read, and from whose predictions.csv the
groups and test folds. The validation part of each fold is drawn anew, by whole groups, and so are first weights, shuffling and
augmentation, all from the run's seed: the same in distribution, not in bits. A line a run: AUC and accuracy pooled out
of fold, PyTorch's and the run's own. Needs torch, numpy and Pillow.
"""
import argparse
import csv
import json
import math
import pathlib

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=pathlib.Path, metavar="RUN")
    parser.add_argument("--data", required=True, type=pathlib.Path, help="the folder that the runs were made of")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def block(before, after, kernel=3, stride=1):
    return [nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU()]


def small(size):
    widths = [*block(1, 8, 5, 2), nn.MaxPool2d(2), *block(8, 16), nn.MaxPool2d(2), *block(16, 32), nn.MaxPool2d(2)]
    return [*widths, *block(32, 64), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 1)]


def seed(size):
    layers = []
    for before, after in [(1, 32), (32, 64), (64, 128)]:
        layers += [nn.Conv2d(before, after, 3), nn.ReLU(), nn.MaxPool2d(2)]
        size = (size - 2) // 2
    return [*layers, nn.Flatten(), nn.Linear(128 * size**2, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 1)]


def build(model, size):
    """As src/train/networks.ts: He's first weights, Glorot's for the last layer, biases zero."""
    net = nn.Sequential(*{"small": small, "seed": seed}[model](size))
    layers = [layer for layer in net if isinstance(layer, (nn.Conv2d, nn.Linear))]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    nn.init.xavier_uniform_(layers[-1].weight)
    return net.to(memory_format=torch.channels_last)


def read(file, size):
    """As src/data/decode.ts: gray, fitted into a square, centred on black."""
    image = Image.open(file).convert("L")
    scale = size / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    square = np.zeros((size, size), np.float32)
    left, top = (size - width) // 2, (size - height) // 2
    square[top : top + height, left : left + width] = image.resize((width, height), Image.LANCZOS)
    return square / 255


def augment(x, ranges, random):
    """As src/data/augment.ts: one bilinear sampling, black outside, then contrast and brightness."""
    n = len(x)
    within = lambda name: torch.from_numpy(random.uniform(-1, 1, n).astype(np.float32)) * ranges[name]
    flip = lambda name: torch.from_numpy(np.where(ranges[name] & (random.rand(n) < 0.5), -1, 1).astype(np.float32))
    angle, shear = within("rotation") * math.pi / 180, torch.tan(within("shear") * math.pi / 180)
    scale = 1 / (1 + within("zoom"))
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    tx, ty = 2 * within("shift"), 2 * within("shift")
    fx, fy = flip("flipHorizontal"), flip("flipVertical")
    rows = [fx * (cos + shear * sin), fx * (sin - shear * cos), tx, -fy * sin, fy * cos, ty]
    grid = F.affine_grid(torch.stack(rows, 1).view(n, 2, 3), x.shape, align_corners=False)
    gain, brightness = 1 + within("contrast"), within("brightness")
    x = F.grid_sample(x, grid, align_corners=False)
    return x * gain.view(n, 1, 1, 1) + (0.5 - 0.5 * gain + brightness).view(n, 1, 1, 1)


def one_cycle(step, total, top):
    """As OneCycleLR with cosines: up to `top` in three tenths of the updates, then down."""
    start, peak, last = top / 25, 0.3 * total - 1, total - 1
    anneal = lambda a, b, part: b + (a - b) / 2 * (1 + math.cos(math.pi * part))
    if step >= last:
        return start / 1e4
    return anneal(start, top, step / peak) if step < peak else anneal(top, start / 1e4, (step - peak) / (last - peak))


def schedule(config, step, total):
    lr = config["lr"]
    half = (1 + math.cos(math.pi * step / total)) / 2
    return {"one-cycle": one_cycle(step, total, lr), "cosine": lr * half, "constant": lr}[config["schedule"]]


def optimizer(config, parameters):
    rate = {"lr": config["lr"], "weight_decay": config["weightDecay"]}
    sgd = {"momentum": 0.9, "nesterov": True}
    makers = {
        "adam": lambda: torch.optim.Adam(parameters, **rate),
        "adamw": lambda: torch.optim.AdamW(parameters, **rate),
        "nesterov": lambda: torch.optim.SGD(parameters, **rate, **sgd),
    }
    return makers[config["optimizer"]]()


def batches(indices, size):
    count = -(-len(indices) // size)
    return [indices[k * len(indices) // count : (k + 1) * len(indices) // count] for k in range(count)]


def inner_split(rest, groups, labels, part, random):
    """Whole groups, of each class about `part` of its images."""
    validation = []
    for label in (0, 1):
        images = rest[labels[rest] == label]
        wanted, names = part * len(images), random.permutation(np.unique(groups[images]))
        held = 0
        for name in names:
            members = images[groups[images] == name]
            if abs(held + len(members) - wanted) < abs(held - wanted):
                validation += [image for image in rest if groups[image] == name]
                held += len(members)
    validation = np.unique(validation)
    return np.setdiff1d(rest, validation), validation


def logits_of(net, x):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(part)[:, 0] for part in x.split(64)])


def train_fold(config, x, targets, train, validation, test, fold):
    """As src/train/fold.ts. Returns the logits of the test images."""
    torch.manual_seed(1000 * config["seed"] + fold)
    random = np.random.RandomState(1000 * config["seed"] + fold)
    mean, sd = x[train].mean(), x[train].std()
    normal = lambda part: ((part - mean) / sd).to(memory_format=torch.channels_last)
    net = build(config["model"], x.shape[-1])
    update = optimizer(config, net.parameters())
    best, weights, step = (math.inf, 0), None, 0
    for epoch in range(1, config["epochs"] + 1):
        net.train()
        order = batches(random.permutation(train), config["batch"])
        for batch in order:
            for group in update.param_groups:
                group["lr"] = schedule(config, step, config["epochs"] * len(order))
            images = augment(x[batch], config["augment"], random) if config["augment"] else x[batch]
            loss = F.binary_cross_entropy_with_logits(net(normal(images))[:, 0], targets[batch])
            update.zero_grad()
            loss.backward()
            update.step()
            step += 1
        said = logits_of(net, normal(x[validation]))
        loss = F.binary_cross_entropy_with_logits(said, targets[validation]).item()
        if loss < best[0]:
            best, weights = (loss, epoch), {name: value.clone() for name, value in net.state_dict().items()}
        if 0 < config["patience"] <= epoch - best[1]:
            break
    net.load_state_dict(weights)
    return logits_of(net, normal(x[test])).numpy()


def auc(labels, scores):
    difference = scores[labels == 1][:, None] - scores[labels == 0][None]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def reproduce(run, data):
    run_config = json.loads((run / "config.json").read_text())
    config, size = run_config["train"], run_config["size"]
    rows = list(csv.DictReader((run / "predictions.csv").open()))
    positive = list(run_config["data"]["classes"])[1]
    labels = np.array([int(row["label"] == positive) for row in rows])
    groups, folds = np.array([row["group"] for row in rows]), np.array([int(row["fold"]) for row in rows])
    x = torch.from_numpy(np.stack([read(data / row["file"], size) for row in rows])).unsqueeze(1)
    ours, theirs = np.array([float(row["logit"]) for row in rows]), np.zeros(len(rows))
    for fold in np.unique(folds):
        random = np.random.RandomState(1000 * config["seed"] + fold)
        rest = np.where(folds != fold)[0]
        train, validation = inner_split(rest, groups, labels, config["validation"], random)
        test = np.where(folds == fold)[0]
        theirs[test] = train_fold(config, x, torch.from_numpy(labels).float(), train, validation, test, int(fold))
    figures = {name: (auc(labels, said), ((said > 0) == labels).mean()) for name, said in [("PyTorch", theirs), ("cnn", ours)]}
    print(f"{run.name}, seed {config['seed']}, {size} pixels:", ", ".join(
        f"{name} AUC {area:.3f}, accuracy {right:.1%}" for name, (area, right) in figures.items()), flush=True)
    return [area for area, _ in figures.values()]


def main():
    args = options()
    torch.set_num_threads(args.threads)
    areas = np.array([reproduce(run, args.data) for run in args.runs])
    if len(areas) > 1:
        print(f"mean of {len(areas)}: PyTorch AUC {areas[:, 0].mean():.3f}, cnn AUC {areas[:, 1].mean():.3f}")


main()
