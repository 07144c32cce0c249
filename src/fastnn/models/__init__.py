"""Models, and the functions that copy, save and load them."""

from typing import TYPE_CHECKING

from fastnn._lazy import make_lazy

if TYPE_CHECKING:
    from fastnn.models.functions import clone_model, model_from_json
    from fastnn.models.sequential import Sequential
    from fastnn.saving import load_model, save_model

__all__ = ["Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

make_lazy(
    __name__,
    {
        "functions": "clone_model model_from_json",
        "sequential": "Sequential",
        "fastnn.saving": "load_model save_model",
    },
)
