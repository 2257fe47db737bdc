"""A first stage that is not trained: edges by direction and place, what research/edges.py found HOG's worth in. Needs torch.

Convolution (the gradient in eight directions, steps of 2), ReLU, means of cells; `pairs`: 1x1 convolution that adds what is opposite; `norm`:
`local` divides each of 16 x 16 cells by the length of all that is in its 3 x 3 neighbours (HOG's blocks, Dalal and Triggs 2005), `batch` is
BatchNorm2d of 8 x 8 cells without trained scale and shift, `image` divides by the deviation of all numbers of an image, `none` leaves them. Filters
are longer by `gain`: where Adam trains all with one learning rate, that makes the dense layer faster and the filters slower.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

NORMS = ["local", "batch", "image", "none"]


class EdgeStage(nn.Module):
    def __init__(self, pairs=True, norm="local", gain=1, grid=8):
        super().__init__()
        across = torch.tensor([[0.0, 0, 0], [-1, 0, 1], [0, 0, 0]])
        angles = [k * math.pi / 4 for k in range(8)]
        filters = torch.stack([math.cos(a) * across + math.sin(a) * across.T for a in angles])
        opposite = torch.cat([torch.eye(4), torch.eye(4)], 1)
        self.filters = nn.Parameter(gain * filters[:, None])
        self.pairs = nn.Parameter(opposite[:, :, None, None]) if pairs else None
        self.norm, self.grid = norm, grid
        self.directions = 4 if pairs else 8
        self.batch = nn.BatchNorm2d(self.directions, affine=False)
        self.count = self.directions * grid**2

    def edges(self, x):
        """[N, 8, size / 2, size / 2]"""
        return F.relu(F.conv2d(x, self.filters, stride=2, padding=1))

    def forward(self, x):
        """[N, count], of images less their mean and divided by their deviation."""
        maps = F.adaptive_avg_pool2d(self.edges(x), 2 * self.grid)
        if self.pairs is not None:
            maps = F.conv2d(maps, self.pairs)
        if self.norm == "local":
            energy = F.avg_pool2d((maps**2).sum(1, keepdim=True), 3, 1, 1, count_include_pad=False)
            # The deviation is about a quarter, so 0.4 is 0.1 of gray values. Doubled, since the
            # dense layer then needs no large weights.
            maps = 2 * maps / (energy + 0.4**2).sqrt()
        maps = F.avg_pool2d(maps, 2)
        if self.norm == "batch":
            maps = self.batch(maps)
        if self.norm == "image":
            maps = maps / (maps.std((1, 2, 3), keepdim=True) + 1e-3)
        return maps.flatten(1)


class EdgePath(nn.Module):
    """The stage and a dense layer for one logit, from Glorot's first weights or, `zero`, from zeros."""

    def __init__(self, stage, zero=False):
        super().__init__()
        self.stage, self.head = stage, nn.Linear(stage.count, 1)
        nn.init.zeros_(self.head.weight) if zero else nn.init.xavier_uniform_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        return self.head(self.stage(x))
