"""scikit-learn's MLPClassifier and MLPRegressor in float32, no penalty, no early stop."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from bench import data
from bench.peers import Array, Call, Run, Unsupported, only_adam
from bench.shapes import Case

VERSIONS = ("scikit-learn", "numpy")
_ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}


def _estimator(case: Case, x: Array, y: Array, weights: list[Array], shuffle: bool):
    """Return an estimator with these weights and a fresh optimiser, and its targets."""
    only_adam(case)
    if case.activation not in _ACTIVATIONS:
        raise Unsupported(f"{case.activation} is measured for fastnn alone")
    made = MLPRegressor if case.loss == "mse" else MLPClassifier
    net = made(
        hidden_layer_sizes=case.widths[1:-1], activation=_ACTIVATIONS[case.activation],
        alpha=0.0, batch_size=min(case.batch or 1, len(x)),
        learning_rate_init=data.learning_rate(case),
        beta_1=data.BETA_1, beta_2=data.BETA_2, epsilon=data.EPSILON,
        shuffle=shuffle and case.batch < len(x), random_state=0, tol=0.0, n_iter_no_change=10**9,
    )  # fmt: skip
    labels = y.ravel() if case.widths[-1] == 1 else y
    first = slice(0, max(case.batch, 1))
    if case.loss == "mse":
        net.partial_fit(x[first], labels[first])
    else:
        net.partial_fit(x[first], labels[first], classes=np.arange(max(2, case.widths[-1])))
    for i in range(len(case.layers)):
        net.coefs_[i][...] = weights[2 * i]
        net.intercepts_[i][...] = weights[2 * i + 1]
    del net._optimizer  # the next partial_fit starts a new one
    return net, labels


def train(case: Case, x: Array, y: Array, weights: list[Array], threads: int, shuffle: bool) -> Run:
    net, labels = _estimator(case, x, y, weights, shuffle)
    scale = 2.0 if case.loss == "mse" else 1.0  # it minimises half the mean square

    def run(epochs: int) -> list[float]:
        losses = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            for _ in range(epochs):
                net.partial_fit(x, labels)  # one epoch, in batches of batch_size
                losses.append(scale * float(net.loss_))
        return losses

    return run


def predict(case: Case, x: Array, weights: list[Array], threads: int) -> Call:
    if case.entry == "call":
        raise Unsupported("model(x) is measured for fastnn alone")
    some = case.but(rows=max(64, case.widths[-1]), batch=1)
    inputs = data.inputs(some)
    net, _ = _estimator(some, inputs, data.targets(some, inputs), weights, shuffle=False)
    if case.loss == "mse":
        return lambda: net.predict(x).reshape(len(x), -1)
    if case.loss == "bce":
        return lambda: net.predict_proba(x)[:, 1:]
    return lambda: net.predict_proba(x)
