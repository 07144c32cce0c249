"""PyTorch, eager: fused Adam, tensors indexed by a permutation made once an epoch.

No DataLoader and no item() within an epoch. Shuffling gathers the epoch's rows once, which is
faster than gathering each batch. Tiny nets are tried on one thread too; the faster is kept.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from torch import nn

from bench import data
from bench.peers import Array, Call, Run, Unsupported, fastest, only_adam
from bench.shapes import Case

VERSIONS = ("torch", "numpy")
_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
_LOSSES = {"bce": nn.BCEWithLogitsLoss, "mse": nn.MSELoss, "scce": nn.CrossEntropyLoss}
_SERIAL_FLOPS = 2e7  # a step below this is also tried on one thread


def module(case: Case, weights: list[Array], logits: bool) -> nn.Sequential:
    """Return the network; with `logits`, without the last activation."""
    parts: list[nn.Module] = []
    for i, (n_in, n_out) in enumerate(case.layers):
        linear = nn.Linear(n_in, n_out)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights[2 * i].T.copy()))
            linear.bias.copy_(torch.from_numpy(weights[2 * i + 1]))
        parts.append(linear)
        if i < len(case.layers) - 1:
            if case.activation not in _ACTIVATIONS:
                raise Unsupported(f"{case.activation} is measured for fastnn alone")
            parts.append(_ACTIVATIONS[case.activation]())
    if not logits and case.output == "sigmoid":
        parts.append(nn.Sigmoid())
    if not logits and case.output == "softmax":
        parts.append(nn.Softmax(dim=1))
    return nn.Sequential(*parts)


def make_run(
    case: Case, x: Array, y: Array, weights: list[Array], shuffle: bool,
    wrap: Callable[[Any], Any],
) -> Run:  # fmt: skip
    """Return the training loop; `wrap` may compile the forward pass and loss."""
    only_adam(case)
    torch.manual_seed(data.SEED)
    net = module(case, weights, logits=True)
    criterion = _LOSSES[case.loss]()
    forward = wrap(lambda a, b: criterion(net(a), b))
    adam = torch.optim.Adam(
        net.parameters(), lr=data.learning_rate(case), betas=(data.BETA_1, data.BETA_2),
        eps=data.EPSILON, fused=True,
    )  # fmt: skip
    inputs = torch.from_numpy(x)
    labels = torch.from_numpy(y)
    if case.loss == "scce":
        labels = labels.long()
    rows, batch = len(x), case.batch
    shares = torch.tensor([min(batch, rows - i) / rows for i in range(0, rows, batch)])
    shuffled = shuffle and batch < rows  # a full batch has no order

    def run(epochs: int) -> list[float]:
        means = []
        for _ in range(epochs):
            xs, ys = inputs, labels
            if shuffled:
                order = torch.randperm(rows)
                xs, ys = inputs[order], labels[order]
            losses = []
            for a, b in zip(xs.split(batch), ys.split(batch), strict=True):
                adam.zero_grad(set_to_none=True)
                loss = forward(a, b)
                loss.backward()
                adam.step()
                losses.append(loss.detach())
            means.append(float(torch.stack(losses) @ shares))
        return means

    return run


def train(case: Case, x: Array, y: Array, weights: list[Array], threads: int, shuffle: bool) -> Run:
    run = make_run(case, x, y, weights, shuffle, lambda f: f)
    torch.set_num_threads(threads)
    if threads == 1 or not shuffle or case.flops > _SERIAL_FLOPS:
        return run
    times = {}
    for count in (1, threads):
        torch.set_num_threads(count)
        run(1)
        start = perf_counter()
        run(2)
        times[count] = perf_counter() - start
    torch.set_num_threads(min(times, key=times.__getitem__))
    return run


def predict(case: Case, x: Array, weights: list[Array], threads: int) -> Call:
    if case.entry == "call":
        raise Unsupported("model(x) is measured for fastnn alone")
    net = module(case, weights, logits=False).eval()

    def on(count: int) -> Call:
        def call() -> Array:
            if torch.get_num_threads() != count:
                torch.set_num_threads(count)
            with torch.inference_mode():
                result: Array = net(torch.from_numpy(x)).numpy()
            return result

        return call

    if case.rows > 1:
        return on(threads)
    return fastest({str(count): on(count) for count in {1, threads}})[1]
