"""PyTorch with torch.compile: forward pass and loss compiled, the backward pass with them."""

import torch

from bench.peers import Array, Run
from bench.peers.torch_eager import make_run
from bench.shapes import Case

VERSIONS = ("torch", "numpy")


def train(case: Case, x: Array, y: Array, weights: list[Array], threads: int, shuffle: bool) -> Run:
    torch.set_num_threads(threads)
    torch._dynamo.reset()  # what earlier cases compiled counts against a limit
    return make_run(case, x, y, weights, shuffle, torch.compile)
