"""Loss and metrics of a model as objects, made of what it measured last. No numerics."""

import copy
from collections.abc import Sequence
from typing import Any

from fastnn._compile import Compiled
from fastnn._objective import Objective, Sums
from fastnn._outputs import MultiObjective, MultiSums
from fastnn.metrics.base import MeanMetric, Metric
from fastnn.metrics.mean import Mean


class CompileMetrics(Metric):
    """The metrics that `compile` was told, with the values that they had when this was asked for.

    Parameters
    ----------
    metrics : sequence of Metric
    names : sequence of str
        Their keys in the logs.
    """

    targets = ""

    def __init__(self, metrics: Sequence[Metric], names: Sequence[str]) -> None:
        super().__init__(name="compile_metrics")
        self.metrics, self._names = list(metrics), list(names)

    def result(self) -> dict[str, Any]:
        """Return the values by their keys in the logs."""
        return {name: each.result() for name, each in zip(self._names, self.metrics, strict=True)}

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch to each."""
        for metric in self.metrics:
            metric.update_state(*args, **kwargs)

    def reset_state(self) -> None:
        for metric in self.metrics:
            metric.reset_state()


def unmeasured(compiled: Compiled) -> list[Metric]:
    """Return what `measured` does while data has still to say what the metrics are."""
    return [Mean("loss"), *([CompileMetrics([], [])] if compiled.slots else [])]


def measured(objective: Objective, sums: Sums) -> list[Metric]:
    """Return loss, metrics and the losses of several outputs, in Keras' order."""
    values = dict(zip(objective.names, objective.values(sums), strict=True))
    found: list[Metric] = [_mean("loss", values["loss"], _weight(sums))]
    metrics: list[Metric] = []
    names: list[str] = []
    losses: list[Metric] = []
    if isinstance(objective, MultiObjective):
        assert isinstance(sums, MultiSums)
        rows = zip(objective.output_names, objective.parts, sums.parts, strict=True)
        for name, part, part_sums in rows:
            if part is None or part_sums is None:
                continue
            metrics += _metrics(part, part_sums)
            names += [f"{name}_{metric}" for metric in part.names[1:]]
            if f"{name}_loss" in values:
                key = f"{name}_loss"
                losses.append(_mean(key, values[key], _weight(part_sums)))
    else:
        metrics, names = _metrics(objective, sums), objective.names[1:]
    if metrics:
        found.append(CompileMetrics(metrics, names))
    return [*found, *losses]


def _weight(sums: Sums) -> float:
    if isinstance(sums, MultiSums):
        return max((part.loss_weight for part in sums.parts if part is not None), default=0.0)
    return sums.loss_weight


def _mean(name: str, value: float, weight: float) -> Mean:
    mean = Mean(name)
    mean._total, mean._count = value * weight, weight
    return mean


def _metrics(objective: Objective, sums: Sums) -> list[Metric]:
    """Return the metrics of one output: those of the core with their sums, the others copied."""
    found: list[Metric] = []
    for metric, place in objective.measured():
        made = copy.deepcopy(metric)
        if place < len(sums.metric_sum):
            assert isinstance(made, MeanMetric)  # as all that the core has are
            made._total, made._count = sums.metric_sum[place], sums.metric_weight[place]
        else:
            name = made.name
            made = copy.deepcopy(sums.row_metrics[place - len(sums.metric_sum)][0])
            made.name = name
        found.append(made)
    return found
