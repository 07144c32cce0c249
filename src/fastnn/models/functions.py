"""Models from descriptions."""

from typing import Any

from fastnn import _custom
from fastnn._errors import WrongTypeError
from fastnn._registry import shorten


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return the model that `to_json` of fastnn or Keras described, with new weights.

    Parameters
    ----------
    json_string : str
    custom_objects : dict, default=None
        Classes and functions of one's own, by name.

    Raises
    ------
    ValueError
        If it is not such a description.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> fastnn.models.model_from_json(model.to_json()).count_params()
    3
    """
    from fastnn.saving._build import make_model
    from fastnn.saving._files import checked, parse_json

    if not isinstance(json_string, (str, bytes, bytearray)):
        raise WrongTypeError(f"`json_string` must be a string, got {shorten(json_string)}")
    described = parse_json(json_string, "`json_string`")
    with _custom.supplied(custom_objects):
        if "module" in described or "registered_name" in described:
            from fastnn.saving.keras_format import described_model

            return checked(lambda: described_model(described, None)[0], "`json_string`")
        return make_model(described, None)
