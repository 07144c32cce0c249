"""From a checked configuration and a source of weights to a model."""

from typing import TYPE_CHECKING, Any

from fastnn._registry import shorten

if TYPE_CHECKING:
    from fastnn.models._graph_config import ReadWeights


def make_model(class_name: Any, config: Any, read: "ReadWeights | None") -> Any:
    """Return the model that is described, with the weights that `read` finds.

    With None they are drawn. A chain whose input shape is not known has none.
    """
    from fastnn.models.functional import Functional
    from fastnn.models.sequential import Sequential

    if class_name == "Functional":
        return Functional.from_description(config, read)
    if class_name != "Sequential":
        raise ValueError(f"unknown model class {shorten(class_name)}")
    if read is None:
        return Sequential.from_config(config)
    model, shape = Sequential.unbuilt_from_config(config)
    if shape is not None:
        asked, sample = [], shape
        for layer in model.leaves:
            asked.append((layer, layer.weight_specs(sample)))
            sample = layer.output_shape_for(sample)
        model.build_with_weights(shape, read(asked))
    return model
