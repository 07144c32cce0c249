"""Graph: ops over named tensors, run forwards and backwards. Knows no particular op."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .ops import Context, Op

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """output = op(inputs). The same op object may serve several nodes: its weights are shared."""

    op: Op
    inputs: tuple[str, ...]
    output: str


@dataclass
class Pass:
    """Every tensor of a forward pass, and what each node keeps for the way back."""

    values: dict[str, Array]
    caches: list[object]


class Graph:
    """Nodes in execution order; tensors that no node writes are inputs."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self.ops: list[Op] = []
        for node in self.nodes:
            if not any(node.op is op for op in self.ops):
                self.ops.append(node.op)

    @property
    def params(self) -> list[Array]:
        """Every parameter, in the order of the ops, kernel before bias."""
        return [p for op in self.ops for p in op.params]

    def set_params(self, values: Sequence[Array]) -> None:
        """Overwrite the parameters in place."""
        for p, v in zip(self.params, values, strict=True):
            p[...] = v

    def forward(self, feeds: Mapping[str, Array], ctx: Context) -> Pass:
        """All tensors, from those of `feeds`."""
        run = Pass({k: np.asarray(v, np.float64) for k, v in feeds.items()}, [])
        for node in self.nodes:
            y, cache = node.op.forward([run.values[i] for i in node.inputs], ctx)
            run.values[node.output] = y
            run.caches.append(cache)
        return run

    def backward(
        self, run: Pass, seeds: Mapping[str, Array], ctx: Context
    ) -> tuple[dict[str, Array], list[Array]]:
        """Gradients of all tensors and of all parameters, given those of some tensors.

        Reverse accumulation: a tensor's gradient is the sum over the nodes that read it, a shared
        parameter's the sum over the nodes that use it.
        """
        d = {k: np.array(v, np.float64) for k, v in seeds.items()}
        grads = [[np.zeros_like(p) for p in op.params] for op in self.ops]
        for node, cache in zip(reversed(self.nodes), reversed(run.caches), strict=True):
            if node.output not in d:
                continue
            d_inputs, d_params = node.op.backward(d[node.output], cache, ctx)
            for name, value in zip(node.inputs, d_inputs, strict=True):
                d[name] = d[name] + value if name in d else value
            place = next(i for i, op in enumerate(self.ops) if op is node.op)
            for total, value in zip(grads[place], d_params, strict=True):
                total += value
        return d, [g for group in grads for g in group]
