"""Activations and their vector-Jacobian products, float64.

Every entry of ``ACTIVATIONS`` has ``forward(z, *params) -> y`` and ``backward(z, dy, *params) ->
dz`` with dz = dy J, J = dy/dz. All but softmax, log_softmax and sparsemax are elementwise, so that
dz = dy * f'(z). The names
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
    kinks: tuple[float, ...] = ()  # and at these


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


def clipped_relu(z: Array, slope: float, top: float, threshold: float) -> Array:
    """y = slope (z - threshold) for z <= threshold, else min(z, top); max(., 0) with a top.

    Keras' relu with options; with (0, 6, 0) relu6, Krizhevsky, 2010.
    """
    low = 0.0 if top < np.inf else -np.inf
    left = np.minimum(z, threshold) - threshold
    return np.where(z > threshold, np.clip(z, low, top), slope * left if slope else 0.0)


def clipped_relu_bwd(z: Array, dy: Array, slope: float, top: float, threshold: float) -> Array:
    """f'(z) = 1 between threshold and top, slope below the threshold, 0 at both and above."""
    low = 0.0 if top < np.inf else -np.inf
    inside = ((z > low) & (z < top)).astype(z.dtype)
    return dy * np.where(z > threshold, inside, np.where(z < threshold, slope, 0.0))


def celu(z: Array, alpha: float) -> Array:
    """y = z for z > 0, alpha (e^(z / alpha) - 1) otherwise. Barron, arXiv 1704.07483."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0.0) / alpha))


def celu_bwd(z: Array, dy: Array, alpha: float) -> Array:
    """f'(z) = 1 for z > 0, else e^(z / alpha)."""
    return dy * np.where(z > 0, 1.0, np.exp(np.minimum(z, 0.0) / alpha))


def softsign(z: Array) -> Array:
    """y = z / (1 + |z|), 1 - 1 / (1 + |z|) with the sign of z where |z| is infinite."""
    size = np.minimum(np.abs(z), 1e300)
    return np.copysign(size / (1.0 + size), z)


def softsign_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 1 / (1 + |z|)^2."""
    return dy / (1.0 + np.minimum(np.abs(z), 1e100)) ** 2


def _mish_ratio(z: Array) -> Array:
    """tanh(softplus(z)) = ((1 + e^z)^2 - 1) / ((1 + e^z)^2 + 1), from e^-|z|."""
    e = np.exp(-np.abs(z))
    n, m = e * (e + 2.0), 1.0 + 2.0 * e
    return np.where(z > 0, m / (m + 2.0 * e * e), n / (n + 2.0))


def mish(z: Array) -> Array:
    """y = z tanh(softplus(z)). Misra, arXiv 1908.08681."""
    return z * _mish_ratio(z)


def mish_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = t + z (1 - t^2) sigmoid(z), t = tanh(softplus(z)), 1 - t^2 = 1 / cosh(softplus)^2.

    2 cosh(softplus(z)) = (1 + e^z) + 1 / (1 + e^z) = (1 + e^z) (1 + sigmoid(-z)^2), and
    sigmoid(z) / (1 + e^z)^2 = sigmoid(z) sigmoid(-z)^2.
    """
    s, rest = sigmoid(z), sigmoid(-z)
    return dy * (_mish_ratio(z) + z * 4.0 * s * rest**2 / (1.0 + rest**2) ** 2)


def exponential(z: Array) -> Array:
    """y = e^z."""
    return np.exp(z)


def exponential_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = e^z."""
    return dy * np.exp(z)


def hard_sigmoid(z: Array) -> Array:
    """y = min(max(z + 3, 0), 6) / 6. Howard et al., arXiv 1905.02244."""
    return np.clip(z + 3.0, 0.0, 6.0) / 6.0


def hard_sigmoid_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 1 / 6 for |z| < 3, else 0."""
    return dy * (np.abs(z) < 3.0) / 6.0


def hard_silu(z: Array) -> Array:
    """y = z hard_sigmoid(z), the same paper's hard swish."""
    return np.maximum(z, -3.0) * hard_sigmoid(z)


def hard_silu_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = z / 3 + 1 / 2 for |z| < 3, beyond 0 and 1."""
    return dy * np.where(np.abs(z) < 3.0, np.clip(z, -3.0, 3.0) / 3.0 + 0.5, z > 0)


def hard_tanh(z: Array) -> Array:
    """y = min(max(z, -1), 1). Collobert, 2004."""
    return np.clip(z, -1.0, 1.0)


def hard_tanh_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 1 for |z| <= 1, else 0."""
    return dy * (np.abs(z) <= 1.0)


def hard_shrink(z: Array, threshold: float) -> Array:
    """y = z where |z| > threshold, else 0. Donoho and Johnstone, Biometrika 81, 1994."""
    return np.where(np.abs(z) <= threshold, 0.0, z)


def soft_shrink(z: Array, threshold: float) -> Array:
    """y = z - threshold sign(z) where |z| > threshold, else 0. The same paper."""
    return np.where(np.abs(z) <= threshold, 0.0, z - np.copysign(threshold, z))


def shrink_bwd(z: Array, dy: Array, threshold: float) -> Array:
    """f'(z) = 1 where |z| > threshold, else 0, for both."""
    return dy * (np.abs(z) > threshold)


def tanh_shrink(z: Array) -> Array:
    """y = z - tanh z; below 1/2 from tanh z = z / (1 + z^2 / (3 + z^2 / (5 + ...)))."""
    square = np.minimum(z * z, 1.0)
    tail = np.zeros_like(z)
    for odd in range(25, 1, -2):
        tail = square / (odd + tail)
    return np.where(np.abs(z) < 0.5, z * tail / (1.0 + tail), z - np.tanh(z))


def tanh_shrink_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = tanh(z)^2."""
    return dy * np.tanh(z) ** 2


def _root(z: Array, b: float) -> Array:
    """sqrt(z^2 + b) for b >= 0."""
    return np.hypot(z, np.sqrt(b))


def squareplus(z: Array, b: float) -> Array:
    """y = (z + sqrt(z^2 + b)) / 2, for z < 0 as b / (2 (sqrt(z^2 + b) - z)). arXiv 2112.11687."""
    s = _root(z, b)
    below = np.maximum(s - np.minimum(z, 0.0), np.finfo(z.dtype).tiny)
    return np.where(z < 0, 0.5 * b / below, 0.5 * np.maximum(z, 0.0) + 0.5 * s)


def squareplus_bwd(z: Array, dy: Array, b: float) -> Array:
    """f'(z) = (1 + z / s) / 2 = y / s, s = sqrt(z^2 + b); 0 and 1 far out."""
    near = np.clip(z, -1e150, 1e150)
    return dy * squareplus(near, b) / _root(near, b)


def sparse_plus(z: Array) -> Array:
    """y = 0 up to -1, (z + 1)^2 / 4 up to 1, then z."""
    return np.where(z >= 1.0, z, (0.5 * np.clip(z + 1.0, 0.0, 2.0)) ** 2)


def sparse_sigmoid(z: Array) -> Array:
    """y = min(max(z + 1, 0), 2) / 2: the derivative of sparse_plus."""
    return 0.5 * np.clip(z + 1.0, 0.0, 2.0)


def sparse_plus_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = sparse_sigmoid(z)."""
    return dy * sparse_sigmoid(z)


def sparse_sigmoid_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = 1/2 for |z| < 1, else 0."""
    return dy * 0.5 * (np.abs(z) < 1.0)


def threshold(z: Array, place: float, below: float) -> Array:
    """y = z for z > place, else below."""
    return np.where(z <= place, below, z)


def threshold_bwd(z: Array, dy: Array, place: float, below: float) -> Array:
    """f'(z) = 1 for z > place, else 0."""
    return dy * (z > place)


def log_sigmoid(z: Array) -> Array:
    """y = log sigmoid(z) = -softplus(-z)."""
    return -softplus(-z)


def log_sigmoid_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = sigmoid(-z)."""
    return dy * sigmoid(-z)


def log_softmax(z: Array) -> Array:
    """y_i = z_i - max z - log sum_j e^(z_j - max z), over the last axis."""
    s = z - z.max(axis=-1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=-1, keepdims=True))


def log_softmax_bwd(z: Array, dy: Array) -> Array:
    """dz_i = dy_i - p_i sum_j dy_j, p = softmax(z)."""
    return dy - softmax(z) * dy.sum(axis=-1, keepdims=True)


def sparsemax(z: Array) -> Array:
    """y_i = max(z_i - tau, 0), tau such that the row sums to 1. Martins and Astudillo, ICML 2016.

    Sorted, the first k entries are above tau = (their sum - 1) / k; k is the last for which the
    k-th is.
    """
    s = z - z.max(axis=-1, keepdims=True)
    falling = -np.sort(-s, axis=-1)
    taus = (np.cumsum(falling, axis=-1) - 1.0) / np.arange(1, z.shape[-1] + 1)
    k = (falling > taus).sum(axis=-1, keepdims=True)
    return np.maximum(s - np.take_along_axis(taus, k - 1, axis=-1), 0.0)


def sparsemax_bwd(z: Array, dy: Array) -> Array:
    """dz_i = dy_i - mean of dy over the support where y_i > 0, else 0."""
    inside = sparsemax(z) > 0
    mean = (dy * inside).sum(axis=-1, keepdims=True) / inside.sum(axis=-1, keepdims=True)
    return inside * (dy - mean)


def absolute(z: Array) -> Array:
    """y = |z|."""
    return np.abs(z)


def absolute_bwd(z: Array, dy: Array) -> Array:
    """f'(z) = -1, 0 or 1 (Keras takes 0 at the kink)."""
    return dy * np.sign(z)


def power(z: Array, exponent: float) -> Array:
    """y = z^p."""
    return np.power(z, exponent)


def power_bwd(z: Array, dy: Array, exponent: float) -> Array:
    """f'(z) = p z^(p - 1)."""
    return dy * exponent * np.power(z, exponent - 1.0) if exponent else np.zeros_like(dy)


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
    "clipped_relu": Activation(
        clipped_relu, clipped_relu_bwd, params=(0.25, 2.0, 0.5), kinks=(0.5, 2.0)
    ),
    "celu": Activation(celu, celu_bwd, params=(1.5,), kink=True),
    "softsign": Activation(softsign, softsign_bwd),
    "mish": Activation(mish, mish_bwd),
    "exponential": Activation(exponential, exponential_bwd),
    "hard_sigmoid": Activation(hard_sigmoid, hard_sigmoid_bwd, kinks=(-3.0, 3.0)),
    "hard_silu": Activation(hard_silu, hard_silu_bwd, kinks=(-3.0, 3.0)),
    "hard_tanh": Activation(hard_tanh, hard_tanh_bwd, kinks=(-1.0, 1.0)),
    "hard_shrink": Activation(hard_shrink, shrink_bwd, params=(0.5,), kinks=(-0.5, 0.5)),
    "soft_shrink": Activation(soft_shrink, shrink_bwd, params=(0.5,), kinks=(-0.5, 0.5)),
    "tanh_shrink": Activation(tanh_shrink, tanh_shrink_bwd),
    "squareplus": Activation(squareplus, squareplus_bwd, params=(4.0,)),
    "sparse_plus": Activation(sparse_plus, sparse_plus_bwd, kinks=(-1.0, 1.0)),
    "sparse_sigmoid": Activation(sparse_sigmoid, sparse_sigmoid_bwd, kinks=(-1.0, 1.0)),
    "threshold": Activation(threshold, threshold_bwd, params=(0.25, -2.0), kinks=(0.25,)),
    "log_sigmoid": Activation(log_sigmoid, log_sigmoid_bwd),
    "log_softmax": Activation(log_softmax, log_softmax_bwd),
    "sparsemax": Activation(sparsemax, sparsemax_bwd),
    "abs": Activation(absolute, absolute_bwd, kink=True),
    "power": Activation(power, power_bwd, params=(3.0,)),
}
