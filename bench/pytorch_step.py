"""PyTorch's times for what `npx cnn bench` measures of this engine: training steps of RefNet-S and -M, and one large
convolution (64 -> 64 channels, 3x3, 128x128, batch 64). float32 without TF32, cuDNN free to choose (benchmark on).

    python3 bench/pytorch_step.py [--device cuda] [--rounds 30] [--only NAME ...] [--no-compile]

A step is forward, backward, Adam, as in bench/refnet.ts. A round is as many of them as take some 50 ms, between two
synchronisations; what is printed, as JSON, are medians over the rounds, in milliseconds a step, and the spread: half the
distance between the quartiles, in percent. Exit code 0 with {"skipped": reason} where there is nothing to measure on.
"""
import argparse
import json
import statistics
import time

BATCH = 32
NETS = {"RefNet-S": (64, [16, 32, 64], 64), "RefNet-M": (128, [16, 32, 64, 128], 128)}
LARGE = {"batch": 64, "channels": 64, "size": 128}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", help="cpu only shows that the script runs")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", nargs="+", choices=[*NETS, "large"], help="of these, not all")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    return parser.parse_args()


def build(nn, size, channels, hidden):
    """As bench/refnet.ts."""
    layers = []
    for before, after in zip([1, *channels], channels):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    side = size // 2 ** len(channels)
    layers += [nn.Flatten(), nn.Linear(channels[-1] * side * side, hidden), nn.ReLU(), nn.Linear(hidden, 1)]
    return nn.Sequential(*layers)


def step_of(torch, device, net, mode):
    """A training step as a function that returns the loss; `mode` eager, compiled, or compiled with CUDA graphs."""
    torch.manual_seed(0)
    size, channels, hidden = net
    model = build(torch.nn, size, channels, hidden).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    x = torch.randn(BATCH, 1, size, size, device=device)
    t = (torch.rand(BATCH, 1, device=device) < 0.5).float()

    def loss_of(x, t):
        return torch.nn.functional.binary_cross_entropy_with_logits(model(x), t)

    how = {"compiled": {}, "compiled, CUDA graphs": {"mode": "reduce-overhead"}}
    forward = torch.compile(loss_of, **how[mode]) if mode in how else loss_of

    def step():
        adam.zero_grad(set_to_none=True)
        loss = forward(x, t)
        loss.backward()
        adam.step()
        return loss

    return step


def convolutions(torch, device):
    """The large convolution and its two gradients, each by itself."""
    n, c, size = LARGE["batch"], LARGE["channels"], LARGE["size"]
    x, dy = (torch.randn(n, c, size, size, device=device) for _ in range(2))
    w = torch.randn(c, c, 3, 3, device=device)
    gradient = torch.ops.aten.convolution_backward

    def backward(of_x, of_w):
        return gradient(dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [of_x, of_w, False])

    return {
        "forward": lambda: torch.nn.functional.conv2d(x, w, padding=1),
        "input gradient": lambda: backward(True, False),
        "weight gradient": lambda: backward(False, True),
    }


def measure(work, synchronize, rounds):
    """Milliseconds a run: median and spread."""

    def timed(runs):
        synchronize()
        start = time.perf_counter()
        for _ in range(runs):
            work()
        synchronize()
        return (time.perf_counter() - start) * 1000 / runs

    timed(5)  # compiles, and lets cuDNN choose
    runs = max(1, round(50 / timed(5)))
    times = [timed(runs) for _ in range(rounds)]
    median = statistics.median(times)
    low, _, high = statistics.quantiles(times, n=4) if len(times) > 1 else (median,) * 3
    return {"ms": round(median, 4), "spread": round((high - low) / 2 / median * 100, 1), "runs": runs * rounds}


def main():
    args = options()
    try:
        import torch
    except ImportError:
        return {"skipped": "PyTorch is not installed"}
    if args.device == "cuda" and not torch.cuda.is_available():
        return {"skipped": f"PyTorch {torch.__version__} finds no CUDA device"}

    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    cuda = args.device == "cuda"
    synchronize = torch.cuda.synchronize if cuda else lambda: None
    name = torch.cuda.get_device_name() if cuda else "cpu"
    out = {"torch": torch.__version__, "cuda": torch.version.cuda, "device": name, "steps": {}, "large": {}}

    wanted = args.only or [*NETS, "large"]
    modes = ["eager"] if args.no_compile else ["eager", "compiled", "compiled, CUDA graphs"]
    for net in [name for name in NETS if name in wanted]:
        for mode in modes:
            try:
                step = step_of(torch, args.device, NETS[net], mode)
                first = step().item()
                figures = measure(step, synchronize, args.rounds)
                out["steps"].setdefault(net, {})[mode] = {**figures, "loss": [first, step().item()]}
            except Exception as error:  # a compiler is not on every machine
                if mode == "eager":
                    raise
                out["steps"].setdefault(net, {})[mode] = {"failed": str(error).splitlines()[0]}
    if "large" in wanted:
        n, c, size = LARGE["batch"], LARGE["channels"], LARGE["size"]
        flops = 2 * n * c * c * 9 * size * size
        for what, work in convolutions(torch, args.device).items():
            figures = measure(work, synchronize, args.rounds)
            out["large"][what] = {**figures, "GFLOP/s": round(flops / figures["ms"] / 1e6, 1)}
    return out


print(json.dumps(main(), indent=2))
