"""Activations."""

from functools import partial
from typing import Any

from fastnn import activations
from fastnn._symbolic import as_symbolic
from fastnn.ops._arrays import array_of


def activated(name: str, x: Any, **settings: Any) -> Any:
    """Return the activation of an array, or call the layer on a symbolic tensor."""
    function = getattr(activations, name)
    tensor = as_symbolic(x)
    if tensor is None:
        return function(array_of(x), **settings)
    from fastnn.layers import Activation

    if settings.get("axis") == -1:
        del settings["axis"]
    return Activation(partial(function, **settings) if settings else function)(tensor)


def relu(x: Any) -> Any:
    """Return the activation `activations.relu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.relu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("relu", x)


def relu6(x: Any) -> Any:
    """Return the activation `activations.relu6`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.relu6([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("relu6", x)


def selu(x: Any) -> Any:
    """Return the activation `activations.selu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.selu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("selu", x)


def sigmoid(x: Any) -> Any:
    """Return the activation `activations.sigmoid`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sigmoid([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    return activated("sigmoid", x)


def silu(x: Any) -> Any:
    """Return the activation `activations.silu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.silu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("silu", x)


def swish(x: Any) -> Any:
    """Return the activation `activations.swish`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.swish([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("swish", x)


def softplus(x: Any) -> Any:
    """Return the activation `activations.softplus`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.softplus([0.0, 0.0])
    array([0.6931472, 0.6931472], dtype=float32)
    """
    return activated("softplus", x)


def softsign(x: Any) -> Any:
    """Return the activation `activations.softsign`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.softsign([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("softsign", x)


def tanh(x: Any) -> Any:
    """Return the activation `activations.tanh`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.tanh([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("tanh", x)


def tanh_shrink(x: Any) -> Any:
    """Return the activation `activations.tanh_shrink`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.tanh_shrink([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("tanh_shrink", x)


def hard_sigmoid(x: Any) -> Any:
    """Return the activation `activations.hard_sigmoid`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hard_sigmoid([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    return activated("hard_sigmoid", x)


def hard_silu(x: Any) -> Any:
    """Return the activation `activations.hard_silu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hard_silu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("hard_silu", x)


def hard_swish(x: Any) -> Any:
    """Return the activation `activations.hard_swish`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hard_swish([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("hard_swish", x)


def hard_tanh(x: Any) -> Any:
    """Return the activation `activations.hard_tanh`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hard_tanh([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("hard_tanh", x)


def log_sigmoid(x: Any) -> Any:
    """Return the activation `activations.log_sigmoid`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.log_sigmoid([0.0, 0.0])
    array([-0.6931472, -0.6931472], dtype=float32)
    """
    return activated("log_sigmoid", x)


def sparse_plus(x: Any) -> Any:
    """Return the activation `activations.sparse_plus`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sparse_plus([0.0, 0.0])
    array([0.25, 0.25], dtype=float32)
    """
    return activated("sparse_plus", x)


def sparse_sigmoid(x: Any) -> Any:
    """Return the activation `activations.sparse_sigmoid`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sparse_sigmoid([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    return activated("sparse_sigmoid", x)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """Return the activation `activations.elu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.elu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("elu", x, alpha=alpha)


def celu(x: Any, alpha: Any = 1.0) -> Any:
    """Return the activation `activations.celu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.celu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("celu", x, alpha=alpha)


def leaky_relu(x: Any, negative_slope: Any = 0.2) -> Any:
    """Return the activation `activations.leaky_relu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.leaky_relu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("leaky_relu", x, negative_slope=negative_slope)


def gelu(x: Any, approximate: Any = True) -> Any:
    """Return the activation `activations.gelu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.gelu([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("gelu", x, approximate=approximate)


def soft_shrink(x: Any, threshold: Any = 0.5) -> Any:
    """Return the activation `activations.soft_shrink`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.soft_shrink([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("soft_shrink", x, threshold=threshold)


def hard_shrink(x: Any, threshold: Any = 0.5) -> Any:
    """Return the activation `activations.hard_shrink`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.hard_shrink([0.0, 0.0])
    array([0., 0.], dtype=float32)
    """
    return activated("hard_shrink", x, threshold=threshold)


def squareplus(x: Any, b: Any = 4) -> Any:
    """Return the activation `activations.squareplus`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.squareplus([0.0, 0.0])
    array([1., 1.], dtype=float32)
    """
    return activated("squareplus", x, b=b)


def threshold(x: Any, threshold: Any, default_value: Any) -> Any:
    """Return the activation `activations.threshold`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.threshold([0.0, 2.0], 1.0, 0.0)
    array([0., 2.], dtype=float32)
    """
    return activated("threshold", x, threshold=threshold, default_value=default_value)


def softmax(x: Any, axis: Any = -1) -> Any:
    """Return the activation `activations.softmax`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.softmax([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    return activated("softmax", x, axis=axis)


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """Return the activation `activations.log_softmax`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.log_softmax([0.0, 0.0])
    array([-0.6931472, -0.6931472], dtype=float32)
    """
    return activated("log_softmax", x, axis=axis)


def sparsemax(x: Any, axis: Any = -1) -> Any:
    """Return the activation `activations.sparsemax`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.sparsemax([0.0, 0.0])
    array([0.5, 0.5], dtype=float32)
    """
    return activated("sparsemax", x, axis=axis)


def glu(x: Any, axis: Any = -1) -> Any:
    """Return the activation `activations.glu`; of a symbolic tensor the layer.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.ops.glu([0.0, 0.0])
    array([0.], dtype=float32)
    """
    return activated("glu", x, axis=axis)
