"""Activations and their vector-Jacobian products, float64.

Every entry of ``ACTIVATIONS`` has ``forward(z, *params) -> y`` and ``backward(z, dy, *params) ->
dz`` with dz = dy J, J = dy/dz. All but softmax are elementwise, so that dz = dy * f'(z). The names
are those of the core's activation codes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946

_erfc = np.frompyfunc(math.erfc, 1, 1)


@dataclass(frozen=True)
class Activation:
    """One activation: value, vector-Jacobian product, defaults, and where it has a kink."""

    forward: Callable[..., Array]
    backward: Callable[..., Array]
    params: tuple[float, ...] = ()
    kink: bool = False  # the derivative jumps at z = 0


def linear(z: Array) -> Array:
    """y = z."""
    return z.copy()


def linear_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 1."""
    return dy.copy()


def relu(z: Array) -> Array:
    """y = max(z, 0). Nair and Hinton, Rectified linear units, ICML 2010."""
    return np.maximum(z, 0.0)


def relu_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 1 for z > 0, else 0 (Keras takes 0 at the kink)."""
    return dy * (z > 0)


def leaky_relu(z: Array, slope: float) -> Array:
    """y = z for z > 0, slope * z otherwise. Maas et al., Rectifier nonlinearities, ICML 2013."""
    return np.where(z > 0, z, slope * z)


def leaky_relu_bwd(z: Array, dy: Array, slope: float) -> Array:
    """f'(z) = 1 for z > 0, else slope."""
    return dy * np.where(z > 0, 1.0, slope)


def sigmoid(z: Array) -> Array:
    """y = 1 / (1 + e^-z), written so that neither tail overflows."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def sigmoid_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = y (1 - y), with 1 - y(z) = y(-z)."""
    return dy * sigmoid(z) * sigmoid(-z)


def tanh(z: Array) -> Array:
    """y = (e^z - e^-z) / (e^z + e^-z)."""
    return np.tanh(z)


def tanh_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 1 - y^2 = 4 s(2z) s(-2z), s the sigmoid: no cancellation in the tails."""
    return dy * 4.0 * sigmoid(2.0 * z) * sigmoid(-2.0 * z)


def softmax(z: Array) -> Array:
    """y_i = e^(z_i - max z) / sum_j e^(z_j - max z), over the last axis. Bridle, 1990."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_bwd(z: Array, dy: Array) -> Array:
    """dz_i = y_i (dy_i - sum_j dy_j y_j), since J = diag(y) - y y^T."""
    y = softmax(z)
    return y * (dy - (dy * y).sum(axis=-1, keepdims=True))


def softplus(z: Array) -> Array:
    """y = log(1 + e^z) = max(z, 0) + log1p(e^-|z|). Dugas et al., NIPS 2000."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def softplus_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = sigmoid(z)."""
    return dy * sigmoid(z)


def elu(z: Array, alpha: float) -> Array:
    """y = z for z > 0, alpha (e^z - 1) otherwise. Clevert et al., ICLR 2016."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0.0)))


def elu_bwd(z: Array, dy: Array, alpha: float) -> Array:
    """f'(z) = 1 for z > 0, else alpha e^z."""
    return dy * np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))


def selu(z: Array) -> Array:
    """y = SCALE * elu(z, ALPHA). Klambauer et al., Self-normalizing networks, NIPS 2017."""
    return SELU_SCALE * elu(z, SELU_ALPHA)


def selu_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = SCALE * elu'(z, ALPHA)."""
    return SELU_SCALE * elu_bwd(z, dy, SELU_ALPHA)


def _normal_cdf(z: Array) -> Array:
    """P(N(0, 1) <= z) = erfc(-z / sqrt 2) / 2, accurate in the left tail."""
    return 0.5 * np.asarray(_erfc(-z / math.sqrt(2.0)), np.float64)


def gelu(z: Array) -> Array:
    """y = z Phi(z), Phi the normal distribution. Hendrycks and Gimpel, arXiv 1606.08415."""
    return z * _normal_cdf(z)


def gelu_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = Phi(z) + z phi(z), phi(z) = e^(-z^2/2) / sqrt(2 pi)."""
    return dy * (_normal_cdf(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


def _gelu_inner(z: Array) -> Array:
    """u = sqrt(2/pi) (z + 0.044715 z^3)."""
    return math.sqrt(2.0 / math.pi) * (z + 0.044715 * z**3)


def gelu_tanh(z: Array) -> Array:
    """y = z (1 + tanh u) / 2 = z sigmoid(2u): the approximate form of the same paper."""
    return z * sigmoid(2.0 * _gelu_inner(z))


def gelu_tanh_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = s + z s (1 - s) 2 u', s = sigmoid(2u), u' = sqrt(2/pi) (1 + 3 * 0.044715 z^2)."""
    u = _gelu_inner(z)
    du = math.sqrt(2.0 / math.pi) * (1.0 + 3.0 * 0.044715 * z * z)
    return dy * (sigmoid(2.0 * u) + z * sigmoid(2.0 * u) * sigmoid(-2.0 * u) * 2.0 * du)


def silu(z: Array) -> Array:
    """y = z sigmoid(z). Elfwing et al., arXiv 1702.03118."""
    return z * sigmoid(z)


def silu_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = s + z s (1 - s), s = sigmoid(z)."""
    return dy * sigmoid(z) * (1.0 + z * sigmoid(-z))


def step(z: Array) -> Array:
    """y = 1 for z >= 0, else 0: the threshold unit of McCulloch and Pitts, 1943."""
    return (z >= 0).astype(np.float64)


def step_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 0 wherever it exists."""
    return np.zeros_like(dy)


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(linear, linear_bwd),
    "relu": Activation(relu, relu_bwd, kink=True),
    "sigmoid": Activation(sigmoid, sigmoid_bwd),
    "tanh": Activation(tanh, tanh_bwd),
    "softmax": Activation(softmax, softmax_bwd),
    "softplus": Activation(softplus, softplus_bwd),
    "elu": Activation(elu, elu_bwd, params=(1.0,), kink=True),
    "selu": Activation(selu, selu_bwd, kink=True),
    "gelu": Activation(gelu, gelu_bwd),
    "gelu_tanh": Activation(gelu_tanh, gelu_tanh_bwd),
    "silu": Activation(silu, silu_bwd),
    "leaky_relu": Activation(leaky_relu, leaky_relu_bwd, params=(0.2,), kink=True),
    "step": Activation(step, step_bwd, kink=True),
}
