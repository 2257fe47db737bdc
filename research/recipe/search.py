"""One row of the recipe search: trains a network with a recipe on three inner folds, appends a row to the ledger.

    npm run build && node research/pytorch_data.mjs FRACATLAS folds-128 --size 128 --seeds 1
    python3 research/recipe/search.py folds-128 NAME [--base NAME] [--epochs 40] [--widths 16 32 64 128] ...

Only the training part of fold 0 of seed 0 is used, as cnn deals it; its images are dealt into three parts by group, and
each part is predicted by a network trained on the other two. The AUC is that of all parts together, with a 95 % interval
from 1,000 resamples of groups; the difference from --base is paired, over the same resamples. Predictions are kept
beside the folds, so that later rows can be compared. Needs torch, numpy and scikit-learn.
"""
import argparse
import csv
import json
import math
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent))
from inner import dealt  # noqa: E402
from judge import auc, interval, judged  # noqa: E402
from pytorch_train import block, one_cycle, oriented  # noqa: E402

LEDGER = HERE / "ledger.jsonl"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("folds", type=pathlib.Path, help="what research/pytorch_data.mjs wrote")
    add("name", help="the row's name in the ledger")
    add("--base", help="the row to compare with")
    add("--parts", type=int, nargs="+", default=[0, 1, 2], help="inner parts to predict; fewer for a first look")
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=1)
    add("--net", choices=["small", "plain", "residual"], default="small")
    add("--stem", choices=["5s2", "3s1", "3s1x2", "7s2"], default="5s2", help="first convolution: kernel and stride")
    add("--widths", type=int, nargs="+", default=[16, 32, 64, 128])
    add("--blocks", type=int, default=1, help="blocks per stage")
    add("--down", choices=["avg", "max", "stride"], default="max", help="what halves the sides between stages")
    add("--head", choices=["grid", "mean", "max", "both", "cells"], default="mean", help="pooling before the dense layer; cells: a "
        "logit for each place of the last map, log-sum-exp of them added to a dense layer of 4 x 4 means")
    add("--boxes", type=pathlib.Path, help="CSV with columns file, x0, y0, x1, y1, parts of width and height: the cells of training images "
        "learn where the boxes are")
    add("--boxes-weight", type=float, default=0.3, help="of their loss, which is summed over an image's cells")
    add("--squeeze", action="store_true", help="squeeze-and-excitation in each block")
    add("--dropout", type=float, default=0)
    add("--epochs", type=int, default=16)
    add("--batch", type=int, default=16)
    add("--lr", type=float, default=1e-2)
    add("--decay", type=float, default=0, help="weight decay of AdamW")
    add("--average", type=float, default=0, help="decay per step of an average of the weights, 0.999 for one")
    for name, value in {"rotation": 12, "zoom": 0.1, "shift": 0.05, "shear": 0, "brightness": 0.02, "contrast": 0.1}.items():
        add(f"--{name}", type=float, default=value)
    add("--gamma", type=float, default=0, help="gray values to the power of exp(+-gamma)")
    add("--mirror", action="store_true")
    add("--upside-down", action="store_true")
    add("--erase", type=float, default=0, help="probability of a random rectangle of mean gray")
    add("--mixup", type=float, default=0)
    add("--smoothing", type=float, default=0)
    add("--pos-weight", type=float, default=1)
    add("--balanced", action="store_true", help="as many positives as negatives per epoch")
    add("--views", choices=["one", "mirror"], default="one", help="mean logit over the image and its mirror image")
    add("--gray", choices=["set", "percentile", "local"], default="set")
    add("--crop", action="store_true", help="black borders are cut off")
    return parser.parse_args()


class Squeeze(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gates = nn.Sequential(nn.Linear(width, width // 4), nn.ReLU(), nn.Linear(width // 4, width), nn.Sigmoid())

    def forward(self, x):
        return x * self.gates(x.mean((2, 3)))[:, :, None, None]


class Residual(nn.Module):
    """As torchvision's BasicBlock."""

    def __init__(self, before, after, stride, squeeze):
        super().__init__()
        self.body = nn.Sequential(*block(before, after, 3, stride), *block(after, after)[:2], *([Squeeze(after)] if squeeze else []))
        same = before == after and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


class Head(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, x):
        parts = {
            "grid": lambda: [F.adaptive_avg_pool2d(x, 4).flatten(1)],
            "mean": lambda: [x.mean((2, 3))],
            "max": lambda: [x.amax((2, 3))],
            "both": lambda: [x.mean((2, 3)), x.amax((2, 3))],
        }
        return torch.cat(parts[self.kind](), 1)


class Cells(nn.Module):
    """Logits of the image; `cells` keeps those of each place, [N, 1, H, W]."""

    def __init__(self):
        super().__init__()
        self.place, self.whole, self.scale = nn.LazyConv2d(1, 1), nn.LazyLinear(1), nn.Parameter(torch.ones(1))

    def forward(self, x):
        self.cells = self.place(x) - 4
        return self.scale * self.cells.flatten(1).logsumexp(1, True) + self.whole(F.adaptive_avg_pool2d(x, 4).flatten(1))


def network(args):
    if args.net == "small":
        layers, widths = block(1, 8, 5, 2), [8, 16, 32, 64]
        for before, after in zip(widths, widths[1:]):
            layers += [nn.AvgPool2d(2), *block(before, after)]
        return finished([*layers, nn.AvgPool2d(2), nn.Flatten(), nn.LazyLinear(1)], True)
    first = args.widths[0]
    stems = {"5s2": [(1, first, 5, 2)], "7s2": [(1, first, 7, 2)], "3s1": [(1, first, 3, 1)], "3s1x2": [(1, first // 2, 3, 1), (first // 2, first, 3, 2)]}
    layers = [layer for stem in stems[args.stem] for layer in block(*stem)]
    before = first
    for stage, after in enumerate(args.widths):
        halves = stage > 0 or args.stem == "3s1"
        if halves and args.down != "stride":
            layers.append({"avg": nn.AvgPool2d, "max": nn.MaxPool2d}[args.down](2))
        for k in range(args.blocks):
            stride = 2 if halves and args.down == "stride" and k == 0 else 1
            layers += [Residual(before, after, stride, args.squeeze)] if args.net == "residual" else block(before, after, 3, stride)
            before = after
    if args.head == "cells":
        head = [nn.Dropout2d(args.dropout), Cells()]
    else:
        head = [Head(args.head), *([nn.Dropout(args.dropout)] if args.dropout > 0 else []), nn.LazyLinear(1)]
    return finished([*layers, *head], args.stem == "5s2" and first in (8, 16))


def finished(layers, edges):
    """He's first weights, Glorot's for the last layer; the first filters are edges."""
    net = nn.Sequential(*layers)
    net(torch.zeros(2, 1, args.size, args.size))
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight)
        if isinstance(layer, Residual):
            nn.init.zeros_([m for m in layer.body if isinstance(m, nn.BatchNorm2d)][-1].weight)
    for last in [net[-1].place, net[-1].whole] if isinstance(net[-1], Cells) else [net[-1]]:
        nn.init.xavier_uniform_(last.weight)
        nn.init.zeros_(last.bias)
    if edges:
        net[0].weight.data.copy_(oriented(net[0].weight.shape[0]))
    return net.to(memory_format=torch.channels_last)


def multiply_adds(net, size):
    """Per image, of convolutions and dense layers."""
    total = 0

    def count(layer, _, out):
        nonlocal total
        total += layer.weight.numel() * (out[0, 0].numel() if out.dim() == 4 else 1)

    hooks = [layer.register_forward_hook(count) for layer in net.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    net.eval()(torch.zeros(1, 1, size, size))
    for hook in hooks:
        hook.remove()
    return total


def prepared(x):
    """Gray values [N, 1, size, size] as the network gets them, before the set's mean is taken off."""
    if args.crop:
        x = torch.stack([cropped(image[0]) for image in x])
    if args.gray == "percentile":
        ends = [torch.quantile(image[image > 0], torch.tensor([0.01, 0.99])) for image in x]
        return torch.stack([((image - low) / (high - low + 1e-3)).clamp(0, 1) for image, (low, high) in zip(x, ends)])
    if args.gray == "local":
        bell = torch.exp(-torch.arange(-12, 13).float() ** 2 / 2 / (x.shape[-1] / 32) ** 2)
        bell = bell / bell.sum()
        blur = lambda x: F.conv2d(F.conv2d(F.pad(x, (12,) * 4, mode="reflect"), bell.view(1, 1, 1, -1)), bell.view(1, 1, -1, 1))
        middle = x - blur(x)
        return (middle / (blur(middle**2).sqrt() + 0.03) * 0.2 + 0.5).clamp(0, 1)
    return x


def masks(data, rest):
    """[N, 1, size, size], 1 within a box. Images are in the middle of a square, black on both sides."""
    with args.boxes.open() as file:
        boxes = [(row["file"], [float(row[key]) for key in ("x0", "y0", "x1", "y1")]) for row in csv.DictReader(file)]
    found, index_of = torch.zeros(len(rest), 1, args.size, args.size), {data["files"][index]: k for k, index in enumerate(rest)}
    for file, sides in boxes:
        if file not in index_of:
            continue
        k = index_of[file]
        aspect = data["aspects"][rest[k]]
        shares = (min(1, aspect), min(1, 1 / aspect)) * 2
        x0, y0, x1, y1 = [round(args.size * (0.5 + (side - 0.5) * share)) for side, share in zip(sides, shares)]
        found[k, 0, y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)] = 1
    return found


def cropped(image):
    """Without rows and columns that are nearly black, letterboxed again."""
    size = len(image)
    rows, columns = [torch.where(image.amax(k) > 0.1)[0] for k in (1, 0)]
    if len(rows) < size // 8 or len(columns) < size // 8:
        return image[None]
    part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = size / max(part.shape)
    h, w = [max(1, round(side * scale)) for side in part.shape]
    part = F.interpolate(part[None, None], (h, w), mode="bilinear", align_corners=False)[0]
    top, left = (size - h) // 2, (size - w) // 2
    return F.pad(part, (left, size - w - left, top, size - h - top))


def augment(x, random, mask=None):
    """As src/layers/augment.ts: one bilinear sampling, black outside, then contrast and brightness. A mask is moved alike."""
    n = len(x)
    uniform = lambda: torch.from_numpy(random.rand(n).astype(np.float32))
    within = lambda reach: (uniform() * 2 - 1) * reach
    flip = lambda on: torch.where(uniform() < 0.5, -1.0, 1.0) if on else torch.ones(n)
    angle, scale = within(args.rotation) * math.pi / 180, 1 / (1 + within(args.zoom))
    tx, ty, shear = 2 * within(args.shift), 2 * within(args.shift), within(args.shear)
    fx, fy = flip(args.mirror), flip(args.upside_down)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    matrix = torch.stack([fx * cos, fx * (sin + shear * cos), tx, -fy * sin, fy * (cos - shear * sin), ty], 1).view(n, 2, 3)
    grid = F.affine_grid(matrix, x.shape, align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False)
    if mask is not None:
        mask.copy_(F.grid_sample(mask, grid, align_corners=False))
    if args.gamma:
        x = x.clamp(min=1e-4) ** torch.exp(within(args.gamma)).view(n, 1, 1, 1)
    gain, brightness = 1 + within(args.contrast), within(args.brightness)
    x = x * gain.view(n, 1, 1, 1) + (0.5 - 0.5 * gain + brightness).view(n, 1, 1, 1)
    for k in np.where(random.rand(n) < args.erase)[0]:
        area, ratio = random.uniform(0.02, 0.2), math.exp(random.uniform(-1, 1))
        h, w = [min(args.size, int(args.size * math.sqrt(area * r))) for r in (ratio, 1 / ratio)]
        top, left = random.randint(args.size - h + 1), random.randint(args.size - w + 1)
        x[k, :, top : top + h, left : left + w] = x[k].mean()
    return x


def train(x, y, fit, key, boxes=None):
    """Returns a function that gives the logits of images."""
    torch.manual_seed(key)
    random = np.random.RandomState(key)
    mean, sd = x[fit].mean(), x[fit].std()
    net = network(args)
    averaged = {k: v.clone() for k, v in net.state_dict().items()} if args.average else None
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr, weight_decay=args.decay)
    positives, negatives = fit[y[fit].numpy() == 1], fit[y[fit].numpy() == 0]
    count = len(fit) // args.batch
    for step in range(args.epochs * count):
        if step % count == 0:
            pool = np.concatenate([random.choice(positives, len(fit) // 2), random.choice(negatives, len(fit) // 2, False)]) if args.balanced else fit
            order = np.array_split(random.permutation(pool), count)
            net.train()
        optimizer.param_groups[0]["lr"] = one_cycle(step, args.epochs * count, args.lr)
        batch = order[step % count]
        mask = None if boxes is None else boxes[batch]
        images = ((augment(x[batch], random, mask) - mean) / sd).contiguous(memory_format=torch.channels_last)
        wanted = y[batch] * (1 - args.smoothing) + args.smoothing / 2
        if args.mixup:
            share, other = random.beta(args.mixup, args.mixup), torch.from_numpy(random.permutation(len(batch)))
            images, wanted = share * images + (1 - share) * images[other], share * wanted + (1 - share) * wanted[other]
        loss = F.binary_cross_entropy_with_logits(net(images)[:, 0], wanted, pos_weight=torch.tensor(args.pos_weight))
        if mask is not None:
            cells = net[-1].cells
            places = F.adaptive_max_pool2d(mask, cells.shape[2:])
            loss = loss + args.boxes_weight * F.binary_cross_entropy_with_logits(cells, places, reduction="sum") / len(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if averaged:
            for name, value in net.state_dict().items():
                averaged[name].copy_(value if value.dtype == torch.long else averaged[name] * args.average + value * (1 - args.average))
    if averaged:
        net.load_state_dict(averaged)
    net.eval()

    def logits(ask):
        with torch.no_grad():
            asked = torch.split((x[ask] - mean) / sd, 64)
            views = [lambda b: b] + ([lambda b: b.flip(3)] if args.views == "mirror" else [])
            return sum(torch.cat([net(view(b))[:, 0] for b in asked]) for view in views).numpy() / len(views)

    return logits


def main():
    torch.set_num_threads(args.threads)
    data = json.loads((args.folds / "splits.json").read_text())
    args.size = data["size"]
    pixels = np.fromfile(args.folds / "pixels.bin", np.uint8).reshape(-1, 1, args.size, args.size)
    rest = np.where(np.array(data["seeds"][0]["fold"]) != 0)[0]
    labels, groups = np.array(data["labels"])[rest], np.array(data["groups"])[rest]
    part_of = dealt(labels, groups, 0, 3)
    x, y = prepared(torch.from_numpy(pixels[rest].astype(np.float32) / 255)), torch.from_numpy(labels).float()
    boxes = masks(data, rest) if args.boxes else None
    scores, started = np.full(len(rest), np.nan), time.time()
    for part in args.parts:
        fit, ask = np.where(part_of != part)[0], np.where(part_of == part)[0]
        scores[ask] = train(x, y, fit, 10 * args.seed + part, boxes)(ask)
        print(f"{args.name}, part {part}: AUC {auc(labels[ask], scores[ask], np.ones(len(ask))):.4f}, {time.time() - started:.0f} s", flush=True)
    np.save(args.folds.parent / f"{args.name}.npy", scores)
    asked = np.isfinite(scores)
    rows = [scores]
    if args.base:
        rows.append(np.load(args.folds.parent / f"{args.base}.npy"))
    found = judged(labels, groups, part_of, rows, args.parts)
    row = {"name": args.name, "command": " ".join(sys.argv[2:]), "size": args.size, "images": int(asked.sum()), "auc": interval(found[:, 0])}
    row["pooled"] = round(float(auc(labels[asked], scores[asked], np.ones(asked.sum()))), 4)
    if args.base:
        row |= {"base": args.base, "difference": interval(found[:, 0] - found[:, 1])}
    net = network(args)
    row |= {"weights": sum(p.numel() for p in net.parameters()), "multiply_adds": multiply_adds(net, args.size), "seconds": round(time.time() - started)}
    with LEDGER.open("a") as ledger:
        ledger.write(json.dumps(row) + "\n")
    print(json.dumps(row), flush=True)


args = options()
main()
