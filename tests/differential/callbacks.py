"""Random sequences of a logged value, and what callbacks that watch it make of them.

`EarlyStopping` and `ReduceLROnPlateau` are driven by hand, epoch by epoch, on a model whose weights
are the number of the epoch: the outcome says when training stops, with which weights it ends, and
what the learning rate was.
"""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parent / "recorded_callbacks.json"
COUNT = 120

Case = dict[str, Any]


def cases() -> list[Case]:
    """Return the options of a callback and the values it sees; "nan", "inf" and None among them."""
    rng = np.random.RandomState(5)
    return [_case(rng, number) for number in range(COUNT)]


def _case(rng: Any, number: int) -> Case:
    n = int(rng.randint(3, 12))
    values: list[Any] = [float(v) for v in np.round(np.cumsum(rng.normal(size=n) * 0.3) * 4) / 4]
    for share, odd in ((0.15, "nan"), (0.1, "inf"), (0.1, None)):
        if rng.rand() < share:
            values[int(rng.randint(n))] = odd
    options: dict[str, Any] = {
        "monitor": "val_loss",
        "mode": ["auto", "min", "max"][rng.randint(3)],
        "patience": int(rng.randint(4)),
    }
    if number % 2:
        options |= {
            "factor": [0.5, 0.25][rng.randint(2)],
            "min_delta": [1e-4, 0.25, 0][rng.randint(3)],
            "cooldown": int(rng.randint(3)),
            "min_lr": [0.0, 0.125][rng.randint(2)],
        }
        return {"callback": "ReduceLROnPlateau", "options": options, "values": values}
    options |= {
        "min_delta": [0, 0.25, -0.25][rng.randint(3)],
        "baseline": [None, 0.25, -1.0][rng.randint(3)],
        "restore_best_weights": bool(rng.randint(2)),
        "start_from_epoch": int(rng.randint(4)),
    }
    return {"callback": "EarlyStopping", "options": options, "values": values}


def drive(api: Any, case: Case) -> dict[str, Any]:
    """Return the learning rate after each epoch up to the last, and the weight at the end."""
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    model = api.Sequential([api.Input((2,)), api.layers.Dense(1)])
    model.compile(api.optimizers.SGD(0.5), "mse")
    model.evaluate(x, y, verbose=0)  # Keras' callbacks ask the metrics which way is better
    callback = getattr(api.callbacks, case["callback"])(**case["options"])
    callback.set_model(model)
    callback.set_params({"epochs": len(case["values"]), "verbose": 0, "steps": 1})
    model.stop_training = False
    rates = []
    callback.on_train_begin({})
    for epoch, value in enumerate(case["values"]):
        model.set_weights([np.full((2, 1), epoch + 1.0), np.zeros(1)])
        logs = {"loss": 1.0} if value is None else {"loss": 1.0, "val_loss": float(value)}
        callback.on_epoch_begin(epoch, {})
        callback.on_epoch_end(epoch, logs)
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    callback.on_train_end({})
    best = getattr(callback, "best", None)
    return {
        "rates": rates,
        "stopped": bool(model.stop_training),
        "weight": float(model.get_weights()[0][0, 0]),
        "wait": callback.wait,
        "best": None if best is None or not math.isfinite(best) else float(best),
    }


def save(api: Any) -> None:
    """Write what Keras does."""
    lines = [json.dumps([case, drive(api, case)], separators=(",", ":")) for case in cases()]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def load() -> list[tuple[Case, dict[str, Any]]]:
    """Return what `save` wrote."""
    return [(case, outcome) for case, outcome in json.loads(FILE.read_text())]
