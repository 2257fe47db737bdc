"""cnn's weights files in PyTorch: read one, write one, build the network that it is of. Needs torch alone."""

import json
import struct
from collections import OrderedDict

import torch
from torch import nn


class Residual(nn.Sequential):
    """y = body(x) + downsample(x), or + x without one; torchvision's blocks have the same names."""

    def __init__(self, layers, relu=False):
        super().__init__(layers)
        self.ends_in_relu = relu

    def forward(self, x):
        y = x
        for name, layer in self.named_children():
            y = y if name == "downsample" else layer(y)
        y = y + (self.downsample(x) if hasattr(self, "downsample") else x)
        return torch.relu(y) if self.ends_in_relu else y


DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}


def read(file):
    """The state dict in a safetensors file, and its metadata."""
    with open(file, "rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header, data = json.loads(stream.read(length)), bytearray(stream.read())
    about, state = header.pop("__metadata__", {}), {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        state[name] = torch.frombuffer(data[start:end], dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return state, about


def write(file, state, about=None):
    """The other way round; the metadata is what `read` gave, where there is any."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    header, data = {"__metadata__": about or {}}, b""
    for name, tensor in state.items():
        numbers = bytes(tensor.detach().cpu().reshape(-1).view(torch.uint8).tolist())
        span = [len(data), len(data) + len(numbers)]
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": span}
        data += numbers
    text = json.dumps(header).encode()
    with open(file, "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + data)


def build(about):
    """The layers that a weights file's metadata tells, with PyTorch's own first weights."""

    def named(layers):
        return OrderedDict((layer["name"], module(layer)) for layer in layers)

    def module(layer):
        kind = Residual if layer["type"] == "Residual" else getattr(nn, layer["type"])
        inside = [named(layer["layers"])] if "layers" in layer else []
        return kind(*inside, **layer.get("options", {}))

    return nn.Sequential(named(json.loads(about["architecture"])))
