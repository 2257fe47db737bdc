"""`npx cnn train` in PyTorch: the same network, recipe, images and folds; and what else of a recipe was tried.

    npm run build && node research/pytorch_data.mjs DATA folds
    python3 research/pytorch_train.py folds --cnn --test
    python3 research/pytorch_train.py folds [--test] [--seeds 0 1 2] [--lr 3e-3] [--mixup 0.2] ...

Figures of the validation parts, which a choice may be made by: AUC and loss, the mean over folds and seeds, of the
weights of the last epoch (those of the best epoch were chosen on the same images, and flatter). With --test those of the test
folds, too, by the weights of the best epoch, or with --held-back last of the last one: AUC pooled out of fold, one for each seed. With --cnn the recipe is cnn's own, which other
flags may change; without it, that which the search of research/tuning.md began with. Random draws are PyTorch's and numpy's: the same in distribution, not in bits. Needs torch and numpy.
"""
import argparse
import copy
import json
import math
import pathlib
import sys

import numpy as np
import torch
from edge_stage import NORMS, EdgePath, EdgeStage
from torch import nn
from torch.nn import functional as F


# As src/models/networks.ts and src/train/defaults.ts have them.
CNN = "--held-back last --pool grid --oriented --between avg --no-flip-horizontal --no-flip-vertical".split()


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("folds", type=pathlib.Path, help="what research/pytorch_data.mjs wrote")
    add("--cnn", action="store_true", help="the recipe of npx cnn train: " + " ".join(CNN))
    add("--test", action="store_true")
    add("--inner", action="store_true", help="judge by research/inner.py, which needs scikit-learn, not by the validation parts")
    add("--together", action="store_true", help="with --test: validation parts are trained on, too, and the last epoch is asked")
    add("--held-back", choices=["best", "last"], help="with --inner: a sixth of what is trained on is held back; which epoch is asked, `best` as in a run; with --test: `last` asks the last epoch")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2])
    add("--members", type=int, default=1, help="networks a fold, whose logits are averaged")
    add("--views", type=int, default=0, help="test-time augmentation: the mean over so many augmented copies")
    add("--first", type=int, default=0, help="number of the first of them: other numbers, other draws")
    add("--threads", type=int, default=1)
    for name, value in {"epochs": 16, "batch": 16, "width": 8, "blocks": 4, "grid": 4}.items():
        add(f"--{name}", type=int, default=value)
    for name, value in {"lr": 1e-2, "decay": 0, "head-decay": None, "mixup": 0, "smoothing": 0, "dropout": 0}.items():
        add(f"--{name}", type=float, default=value)
    for name, value in {"rotation": 12, "zoom": 0.1, "shift": 0.05, "brightness": 0.02, "contrast": 0.1}.items():
        add(f"--{name}", type=float, default=value)
    add("--no-augmentation", action="store_true")
    for direction in ["horizontal", "vertical"]:
        add(f"--no-flip-{direction}", action="store_true")
        add(f"--flip-{direction}", action="store_false", dest=f"no_flip_{direction}")
    add("--mirrored", action="store_true", help="asks of images the other way round than they are trained on")
    add("--oriented", action="store_true", help="first filters: derivatives in as many directions, not random ones")
    add("--between", choices=["max", "avg"], default="max", help="pooling between blocks")
    add("--pool", choices=["avg", "max", "both", "grid"], default="avg", help="grid: means of --grid x --grid parts")
    add("--gray", choices=["set", "percentile", "local"], default="set", help="what gray values are normalised by")
    add("--edges", choices=["no", "beside", "below", "alone"], default="no", help="research/edge_stage.py and a dense layer: beside the "
        "network, logits added; the same, and below its blocks; alone")
    add("--norm", choices=NORMS, default="local", help="what the stage's numbers are divided by")
    add("--no-pairs", action="store_true", help="opposite directions apart")
    add("--gain", type=float, default=1, help="length of the stage's filters")
    add("--filters", action="store_true", help="the stage's filters are trained, too")
    add("--edges-decay", type=float, default=0, help="of the stage's dense layer")
    add("--deep", type=float, default=1, help="learning rate of the network beside the stage, as a part of --lr")
    add("--share", type=float, default=1, help="what that network's logits are multiplied by")
    add("--zero", choices=["none", "deep", "edges", "both"], default="none", help="whose last layer begins with zeros")
    add("--start", type=pathlib.Path, help="a .pt of first weights, as --save leaves them")
    add("--save", type=pathlib.Path, help="where to save the first network's weights, without the last layer")
    given = sys.argv[1:]
    return parser.parse_args([*CNN, *given] if "--cnn" in given else given)


class Pool(nn.Module):
    def __init__(self, kind, grid):
        super().__init__()
        self.kind, self.grid = kind, grid

    def forward(self, x):
        parts = {
            "avg": lambda: [x.mean((2, 3))],
            "max": lambda: [x.amax((2, 3))],
            "both": lambda: [x.mean((2, 3)), x.amax((2, 3))],
            "grid": lambda: [F.adaptive_avg_pool2d(x, self.grid).flatten(1)],
        }
        return torch.cat(parts[self.kind](), 1)


def block(before, after, kernel=3, stride=1):
    return [nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(after), nn.ReLU()]


def oriented(count, size=5):
    """[count, 1, size, size]: a Gaussian's derivatives in directions all around, each of length 1."""
    y, x = torch.meshgrid(*[torch.arange(size) - size // 2.0] * 2, indexing="ij")
    bell = torch.exp(-(x**2 + y**2) / (2 * 1.2**2))
    angles = [2 * math.pi * k / count for k in range(count)]
    filters = [(x * math.cos(angle) + y * math.sin(angle)) * bell for angle in angles]
    return torch.stack([each / each.norm() for each in filters])[:, None]


class Paths(nn.Module):
    """One or two networks, whose logits are added."""

    def __init__(self, args):
        super().__init__()
        self.share = args.share
        self.edges = EdgePath(EdgeStage(not args.no_pairs, args.norm, args.gain), args.zero in ("edges", "both")) if args.edges != "no" else None
        self.deep = small(args, self.edges) if args.edges != "alone" else None

    def forward(self, x):
        parts = [self.deep(x) * self.share] if self.deep else []
        return sum(parts + ([self.edges(x)] if self.edges else []))

    def groups(self, args):
        """Parameters that are trained, with learning rate and decay."""
        head_decay = args.decay if args.head_decay is None else args.head_decay
        lr = args.lr * (args.deep if self.edges else 1)
        deep = [(self.deep[:-1], lr, args.decay), (self.deep[-1], lr, head_decay)] if self.deep else []
        edges = [(self.edges.head, args.lr, args.edges_decay)] if self.edges else []
        edges += [(self.edges.stage, args.lr, 0)] if args.filters else []
        return [{"params": part.parameters(), "top": top, "weight_decay": decay} for part, top, decay in deep + edges]


class Below(nn.Module):
    """The edges of a path's stage, which is that path's and not trained here."""

    def __init__(self, path):
        super().__init__()
        self.edges = [path.stage.edges]

    def forward(self, x):
        return self.edges[0](x).detach()


def small(args, edges):
    """`small` of src/models/networks.ts, with --cnn; and what it was before. He's first weights, Glorot's for the last layer."""
    widths = [1] + [args.width * 2 ** min(k, 3) for k in range(args.blocks)]
    layers = block(1, args.width, 5, 2)
    if args.edges == "below":
        widths[1], layers = 8, [Below(edges), nn.BatchNorm2d(8)]
    for before, after in zip(widths[1:], widths[2:]):
        layers += [{"max": nn.MaxPool2d, "avg": nn.AvgPool2d}[args.between](2), *block(before, after)]
    layers.append(Pool(args.pool, args.grid))
    if args.dropout > 0:
        layers.append(nn.Dropout(args.dropout))
    net = nn.Sequential(*layers, nn.Linear(widths[-1] * {"both": 2, "grid": args.grid**2}.get(args.pool, 1), 1))
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(net[-1].bias)
    nn.init.xavier_uniform_(net[-1].weight)
    if args.oriented:
        net[0].weight.data.copy_(oriented(args.width))
    if args.start:
        net.load_state_dict(torch.load(args.start), strict=False)
    if args.zero in ("deep", "both"):
        nn.init.zeros_(net[-1].weight)
    return net.to(memory_format=torch.channels_last)


def normalised(x, kind):
    """Percentiles 1 and 99 of what is not black to 0 and 1; or each pixel by mean and deviation around it."""
    if kind == "percentile":
        ends = [torch.quantile(image[image > 0], torch.tensor([0.01, 0.99])) for image in x]
        return torch.stack([((image - low) / (high - low + 1e-3)).clamp(0, 1) for image, (low, high) in zip(x, ends)])
    if kind == "local":
        bell = torch.exp(-torch.arange(-12, 13).float() ** 2 / 2 / (x.shape[-1] / 32) ** 2)
        bell = bell / bell.sum()
        blur = lambda x: F.conv2d(F.conv2d(F.pad(x, (12,) * 4, mode="reflect"), bell.view(1, 1, 1, -1)), bell.view(1, 1, -1, 1))
        centred = x - blur(x)
        return (centred / (blur(centred**2).sqrt() + 0.03) * 0.2 + 0.5).clamp(0, 1)
    return x


def augment(x, args, random):
    """As src/layers/augment.ts: one bilinear sampling, black outside, then contrast and brightness."""
    n = len(x)
    if args.no_augmentation:
        return x
    uniform = lambda: torch.from_numpy(random.rand(n).astype(np.float32))
    within = lambda reach: (uniform() * 2 - 1) * reach
    flip = lambda never: torch.ones(n) if never else torch.where(uniform() < 0.5, -1.0, 1.0)
    angle, scale = within(args.rotation) * math.pi / 180, 1 / (1 + within(args.zoom))
    tx, ty = 2 * within(args.shift), 2 * within(args.shift)
    fx, fy = flip(args.no_flip_horizontal), flip(args.no_flip_vertical)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    matrix = torch.stack([fx * cos, fx * sin, tx, -fy * sin, fy * cos, ty], 1).view(n, 2, 3)
    x = F.grid_sample(x, F.affine_grid(matrix, x.shape, align_corners=False), align_corners=False)
    gain, brightness = 1 + within(args.contrast), within(args.brightness)
    return x * gain.view(n, 1, 1, 1) + (0.5 - 0.5 * gain + brightness).view(n, 1, 1, 1)


def one_cycle(step, total, top):
    """As OneCycleLR: up to `top` in three tenths of the updates, then down, both along cosines."""
    start, peak, last = top / 25, 0.3 * total - 1, total - 1
    anneal = lambda a, b, part: b + (a - b) / 2 * (1 + math.cos(math.pi * part))
    if step >= last:
        return start / 1e4
    return anneal(start, top, step / peak) if step < peak else anneal(top, start / 1e4, (step - peak) / (last - peak))


def batches(indices, size):
    count = -(-len(indices) // size)
    return [indices[k * len(indices) // count : (k + 1) * len(indices) // count] for k in range(count)]


def logits_of(net, x):
    net.eval()
    with torch.no_grad():
        return net(x)[:, 0]


def asked(args, net, normal, x, key):
    """Logits of images that the network was not trained on."""
    x = x.flip(3) if args.mirrored else x
    if args.views == 0:
        return logits_of(net, normal(x))
    random = np.random.RandomState(key)
    return sum(logits_of(net, normal(augment(x, args, random))) for _ in range(args.views)) / args.views


def loss_of(logits, targets):
    return F.binary_cross_entropy_with_logits(logits, targets)


def train(args, x, y, parts, key):
    """One network. Returns it as it was in the best epoch, as it is after the last, and the normalisation of its input."""
    training, validation = parts
    torch.manual_seed(key)
    random = np.random.RandomState(key)
    mean, sd = x[training].mean(), x[training].std()
    normal = lambda part: ((part - mean) / sd).to(memory_format=torch.channels_last)
    net = Paths(args)
    # Without decay it is Adam.
    optimizer = torch.optim.AdamW(net.groups(args), lr=args.lr)
    best, lowest, since, step = None, math.inf, 0, 0
    for _ in range(args.epochs):
        net.train()
        order = batches(random.permutation(training), args.batch)
        for batch in order:
            for group in optimizer.param_groups:
                group["lr"] = one_cycle(step, args.epochs * len(order), group["top"])
            images, targets = normal(augment(x[batch], args, random)), y[batch]
            targets = targets * (1 - args.smoothing) + args.smoothing / 2
            if args.mixup > 0:
                part, other = random.beta(args.mixup, args.mixup), torch.from_numpy(random.permutation(len(batch)))
                images, targets = (part * a + (1 - part) * a[other] for a in (images, targets))
            optimizer.zero_grad()
            loss_of(net(images)[:, 0], targets).backward()
            optimizer.step()
            step += 1
        loss = loss_of(logits_of(net, normal(x[validation])), y[validation]).item() if len(validation) else math.inf
        since += 1
        # As cnn's patience of half of the epochs: what comes after such a wait is not taken.
        if loss < lowest and since <= args.epochs / 2:
            best, lowest, since = copy.deepcopy(net), loss, 0
    return best, net, normal


def auc(labels, scores):
    difference = scores[labels == 1][:, None] - scores[labels == 0][None]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def judge(args, data, labels, x, y):
    """As research/inner.py: networks of the last epoch, asked of what they were not trained on, within the training parts of the folds."""
    from inner import dealt, figures, inner

    found, groups = [], np.array(data["groups"])
    for split, parts in enumerate(inner(data, args.seeds)):
        def scores_of(fit, ask, part):
            scores = np.zeros(len(ask))
            for member in range(args.first, args.first + args.members):
                fold = split % 5 + 10 * args.seeds[split // 5]
                key = 100000 * member + 100 * fold + part
                held = dealt(labels[fit], groups[fit], key, 6) == 0 if args.held_back else np.zeros(len(fit), bool)
                best, last, normal = train(args, x, y, (fit[~held], fit[held]), key)
                scores += asked(args, best if args.held_back == "best" else last, normal, x[ask], key).numpy() / args.members
            return scores

        found.append(figures(labels, parts, scores_of))
        print(f"\r{split + 1} of {5 * len(args.seeds)}", end="", flush=True)
    area, loss = np.mean(found, 0)
    by_seed = np.array(found)[:, 0].reshape(len(args.seeds), -1).mean(1)
    print(f"\rinner: AUC {area:.3f} (seeds:", ", ".join(f"{each:.3f}" for each in by_seed) + f"), loss {loss:.3f}")


def main():
    args = options()
    torch.set_num_threads(args.threads)
    data = json.loads((args.folds / "splits.json").read_text())
    size, labels = data["size"], np.array(data["labels"])
    pixels = np.fromfile(args.folds / "pixels.bin", np.uint8).reshape(-1, 1, size, size)
    x = normalised(torch.from_numpy(pixels.astype(np.float32) / 255), args.gray)
    y = torch.from_numpy(labels).float()
    if args.inner:
        judge(args, data, labels, x, y)
        return
    areas, losses, tests, right = [], [], [], []
    for seed in args.seeds:
        fold_of = np.array(data["seeds"][seed]["fold"])
        validations = [[] for _ in range(fold_of.max() + 1)] if args.together else data["seeds"][seed]["validation"]
        out_of_fold = np.zeros(len(labels))
        for fold, validation in enumerate(validations):
            rest, test = np.where(fold_of != fold)[0], np.where(fold_of == fold)[0]
            parts = np.setdiff1d(rest, validation), np.array(validation, int)
            last = torch.zeros(len(validation))
            for member in range(args.first, args.first + args.members):
                key = 1000 * seed + fold + 100 * member
                best, net, normal = train(args, x, y, parts, key)
                if not args.together:
                    last += logits_of(net, normal(x[validation])) / args.members
                if args.test:
                    asked_net = net if args.together or args.held_back == "last" else best
                    out_of_fold[test] += asked(args, asked_net, normal, x[test], key).numpy() / args.members
                if args.save:
                    torch.save({k: v for k, v in net.deep.state_dict().items() if not k.startswith(f"{len(net.deep) - 1}.")}, args.save)
                    return
            if not args.together:
                areas.append(auc(labels[validation], last.numpy()))
                losses.append(loss_of(last, y[validation]).item())
        tests.append(auc(labels, out_of_fold))
        right.append(((out_of_fold > 0) == (labels == 1)).mean())
    if not args.together:
        print(f"validation: AUC {np.mean(areas):.3f}, loss {np.mean(losses):.3f}", flush=True)
    if args.test:
        print("test, out of fold: AUC", ", ".join(f"{area:.3f}" for area in tests), f"mean {np.mean(tests):.3f}, accuracy {np.mean(right):.3f}")


if __name__ == "__main__":
    main()
