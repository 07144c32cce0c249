"""Models, and the functions that copy, save and load them."""

from typing import TYPE_CHECKING

from fastnn._lazy import make_lazy

if TYPE_CHECKING:
    from fastnn.models.cloning import clone_model
    from fastnn.models.functions import model_from_json
    from fastnn.models.model import Model
    from fastnn.models.sequential import Sequential
    from fastnn.saving import load_model, save_model
    from fastnn.saving.torch_state import load_torch_state_dict, save_torch_state_dict

__all__ = [
    "Model", "Sequential", "clone_model", "load_model", "load_torch_state_dict", "model_from_json",
    "save_model", "save_torch_state_dict",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "cloning": "clone_model",
        "functions": "model_from_json",
        "model": "Model",
        "sequential": "Sequential",
        "fastnn.saving": "load_model save_model",
        "fastnn.saving.torch_state": "load_torch_state_dict save_torch_state_dict",
    },
)
