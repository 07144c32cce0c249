"""Objects that `fit`, `evaluate` and `predict` call on their way.

Those that `fit` itself does not need are loaded when they are first asked for: files, paths and
event logs would double the time that ``import fastnn`` takes.
"""

import importlib
from typing import TYPE_CHECKING, Any

from fastnn._keras_names import raise_absent
from fastnn.callbacks.callback import Callback
from fastnn.callbacks.callback_list import CallbackList
from fastnn.callbacks.history import History

if TYPE_CHECKING:
    from fastnn.callbacks.backup_and_restore import BackupAndRestore
    from fastnn.callbacks.csv_logger import CSVLogger
    from fastnn.callbacks.early_stopping import EarlyStopping
    from fastnn.callbacks.lambda_callback import LambdaCallback
    from fastnn.callbacks.learning_rate_scheduler import LearningRateScheduler
    from fastnn.callbacks.model_checkpoint import ModelCheckpoint
    from fastnn.callbacks.progbar_logger import ProgbarLogger
    from fastnn.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
    from fastnn.callbacks.tensorboard import TensorBoard
    from fastnn.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History",
    "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger",
    "ReduceLROnPlateau", "TensorBoard", "TerminateOnNaN",
]  # fmt: skip

_MODULES = {
    "BackupAndRestore": "backup_and_restore",
    "CSVLogger": "csv_logger",
    "EarlyStopping": "early_stopping",
    "LambdaCallback": "lambda_callback",
    "LearningRateScheduler": "learning_rate_scheduler",
    "ModelCheckpoint": "model_checkpoint",
    "ProgbarLogger": "progbar_logger",
    "ReduceLROnPlateau": "reduce_lr_on_plateau",
    "TensorBoard": "tensorboard",
    "TerminateOnNaN": "terminate_on_nan",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise_absent("callbacks", name)
    value = getattr(importlib.import_module(f"fastnn.callbacks.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
