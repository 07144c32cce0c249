"""Regularisers and constraints of layers: what fit, evaluate and `losses` make of them."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import constraints, layers, regularizers

ROWS = 40


def data(rng: np.random.Generator) -> tuple[Any, Any]:
    return rng.normal(size=(ROWS, 6)).astype("float32"), rng.normal(size=(ROWS, 3))


def compiled(*chain: Any, optimizer: Any = "sgd", **options: Any) -> Any:
    model = fastnn.Sequential([fastnn.Input((6,)), *chain])
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    return model


def test_a_layers_losses_are_its_penalties() -> None:
    layer = layers.Dense(
        3, kernel_initializer="ones", bias_initializer="ones", kernel_regularizer="l2",
        bias_regularizer=regularizers.L1(0.5), activity_regularizer=regularizers.L1(0.25),
    )  # fmt: skip
    assert layer.losses == []
    layer(np.ones((4, 2)))
    # activity first: outputs are 3, three of them a row; then kernel and bias
    assert layer.losses == pytest.approx([0.25 * 9, 0.01 * 6, 0.5 * 3])
    layer.trainable = False
    assert layer.losses == pytest.approx([0.25 * 9])


def test_loss_is_data_and_penalties_and_metrics_are_data(rng: np.random.Generator) -> None:
    x, y = data(rng)
    dense = layers.Dense(3, kernel_regularizer=regularizers.L1L2(0.1, 0.2), bias_regularizer="l2")
    model = compiled(dense, layers.ActivityRegularization(0.01, 0.02))
    dense.bias.assign([1, 2, 3])
    out = model.predict(x).astype(np.float64)
    kernel, bias = (np.float64(w) for w in model.get_weights())
    want = np.mean((out - y) ** 2)
    want += 0.1 * np.abs(kernel).sum() + 0.2 * np.square(kernel).sum()
    want += 0.01 * np.square(bias).sum()
    want += (0.01 * np.abs(out).sum() + 0.02 * np.square(out).sum()) / ROWS
    loss, mae = model.evaluate(x, y, batch_size=ROWS, verbose=0)
    assert loss == pytest.approx(want, rel=1e-6)
    assert mae == pytest.approx(np.abs(out - y).mean(), rel=1e-6)
    first = model.fit(x, y, batch_size=ROWS, verbose=0).history["loss"][0]
    assert first == pytest.approx(want, rel=1e-6)


def test_batches_weigh_by_their_rows(rng: np.random.Generator) -> None:
    """Penalties of activities are divided by the rows of their own batch."""
    x, y = data(rng)
    model = compiled(layers.Dense(3, activity_regularizer="l2"))
    whole = model.evaluate(x, y, batch_size=ROWS, verbose=0)[0]
    assert model.evaluate(x, y, batch_size=16, verbose=0)[0] == pytest.approx(whole, rel=1e-6)


def test_untrainable_layers_have_neither_penalty_nor_constraint(rng: np.random.Generator) -> None:
    x, y = data(rng)
    frozen = layers.Dense(
        6, kernel_regularizer="l2", kernel_constraint="unit_norm", trainable=False
    )
    model = compiled(frozen, layers.Dense(3))
    plain = compiled(layers.Dense(6), layers.Dense(3))
    plain.set_weights(model.get_weights())
    assert model.losses == []
    assert model.evaluate(x, y, verbose=0) == plain.evaluate(x, y, verbose=0)
    before = frozen.kernel.numpy()
    model.fit(x, y, verbose=0)
    assert np.array_equal(frozen.kernel.numpy(), before)
    without = model.evaluate(x, y, verbose=0)[0]
    frozen.trainable = True
    penalty = float(regularizers.L2()(before))
    assert model.evaluate(x, y, verbose=0)[0] == pytest.approx(without + penalty)


@pytest.mark.parametrize("width", [5, 300])
def test_weights_obey_after_every_step(width: int, rng: np.random.Generator) -> None:
    x, y = data(rng)
    hidden = layers.Dense(width, kernel_constraint=constraints.MaxNorm(0.5))
    inner = layers.Dense(width, kernel_constraint=constraints.UnitNorm(axis=1))
    last = layers.Dense(3, kernel_constraint="non_neg", bias_constraint=constraints.MaxNorm(0.01))
    model = compiled(hidden, inner, last, optimizer=fastnn.optimizers.SGD(0.05))
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    assert np.linalg.norm(hidden.kernel.numpy(), axis=0).max() <= 0.5
    assert np.abs(np.linalg.norm(inner.kernel.numpy(), axis=1) - 1).max() < 1e-6
    assert last.kernel.numpy().min() >= 0
    assert np.linalg.norm(last.bias.numpy()) <= 0.01


@pytest.mark.parametrize("width", [5, 300])
def test_the_same_step_by_hand(width: int, rng: np.random.Generator) -> None:
    """One step of SGD: the gradient of data and penalties, then the constraint, bit for bit."""
    x, y = data(rng)
    rate = 0.0625
    plain = compiled(layers.Dense(width), layers.Dense(3), optimizer=fastnn.optimizers.SGD(rate))
    weights = plain.get_weights()
    plain.fit(x, y, batch_size=ROWS, verbose=0)
    model = compiled(
        layers.Dense(width, kernel_regularizer=regularizers.L2(0.25)),
        layers.Dense(3, kernel_constraint=constraints.MaxNorm(0.3)),
        optimizer=fastnn.optimizers.SGD(rate),
    )
    model.set_weights(weights)
    model.fit(x, y, batch_size=ROWS, verbose=0)
    got, free = model.get_weights(), plain.get_weights()
    want = free[0].astype(np.float64) - rate * 2 * 0.25 * weights[0].astype(np.float64)
    assert np.abs(got[0] - want).max() <= 2e-7 * max(1, np.abs(want).max())
    assert got[2].tobytes() == constraints.MaxNorm(0.3)(free[2]).tobytes()


@pytest.mark.parametrize(
    "options",
    [
        {"clipvalue": 0.01},
        {"weight_decay": 0.1},
        {"clipnorm": 0.05},
        {"global_clipnorm": 0.05, "loss_scale_factor": 8.0},
        {"gradient_accumulation_steps": 3, "clipnorm": 0.05},
        {"use_ema": True, "ema_overwrite_frequency": 2, "weight_decay": 0.1},
    ],
    ids=str,
)
def test_zero_factors_change_nothing(options: dict[str, Any], rng: np.random.Generator) -> None:
    """With every kind of update: penalties of 0 and a constraint that never binds."""
    x, y = data(rng)
    plain = compiled(layers.Dense(3), optimizer=fastnn.optimizers.Adam(0.01, **options))
    zero = compiled(
        layers.Dense(3, kernel_regularizer=regularizers.L1L2(0.0, 0.0), kernel_constraint=None),
        optimizer=fastnn.optimizers.Adam(0.01, **options),
    )
    zero.set_weights(plain.get_weights())
    a = plain.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    b = zero.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    assert a == b
    for one, two in zip(plain.get_weights(), zero.get_weights(), strict=True):
        assert np.array_equal(one, two)


def test_clipping_sees_the_penalty(rng: np.random.Generator) -> None:
    """The gradient that is clipped is that of the whole loss, as in Keras."""
    x, y = data(rng)
    model = compiled(
        layers.Dense(3, kernel_regularizer=regularizers.L2(1e6), use_bias=False),
        optimizer=fastnn.optimizers.SGD(1.0, clipvalue=1e-3),
    )
    before = model.get_weights()[0]
    model.fit(x, y, batch_size=ROWS, verbose=0)
    moved = model.get_weights()[0] - before
    assert np.abs(moved).max() == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("width", [5, 300])
@pytest.mark.parametrize("steps", [None, 2])
@pytest.mark.parametrize("clip", ["clipnorm", "global_clipnorm"])
def test_norms_are_those_of_the_penalized_gradient(
    clip: str, steps: int | None, width: int, rng: np.random.Generator
) -> None:
    """The penalty dwarfs the data: what is left of the gradient is its direction and the bound."""
    x, y = data(rng)
    model = compiled(
        layers.Dense(width, kernel_regularizer=regularizers.L2(1e6)),
        layers.Dense(3, kernel_regularizer=regularizers.L2(2e6)),
        optimizer=fastnn.optimizers.SGD(1.0, gradient_accumulation_steps=steps, **{clip: 1e-3}),
    )
    before = model.get_weights()
    model.fit(x, y, batch_size=ROWS, epochs=steps or 1, verbose=0)
    moved = [a - np.float64(b) for a, b in zip(before, model.get_weights(), strict=True)]
    slopes = [before[0].astype(np.float64), 2 * before[2].astype(np.float64)]
    length = [np.linalg.norm(s) for s in slopes]
    if clip == "global_clipnorm":
        length = [np.hypot(*length)] * 2
    for one, slope, norm in zip(moved[::2], slopes, length, strict=True):
        assert np.abs(one - 1e-3 * slope / norm).max() < 1e-6


def test_an_average_is_of_weights_before_the_constraint(rng: np.random.Generator) -> None:
    """Keras averages what the step left, and constrains the weights afterwards."""
    x, y = data(rng)
    dense = layers.Dense(3, kernel_constraint=constraints.UnitNorm(), use_bias=False)
    plain = layers.Dense(3, use_bias=False)
    model = compiled(dense, optimizer=fastnn.optimizers.SGD(0.1, use_ema=True))
    free = compiled(plain, optimizer=fastnn.optimizers.SGD(0.1))
    free.set_weights(model.get_weights())
    for each in (free, model):
        each.train_on_batch(x, y)
    average = model.optimizer.average_of(dense.kernel).numpy()
    assert average.tobytes() == plain.kernel.numpy().tobytes()
    assert np.abs(np.linalg.norm(dense.kernel.numpy(), axis=0) - 1).max() < 1e-6


def restricted_columns() -> list[Any]:
    """Layers whose parameters are vectors, matrices row by row, and a table."""
    return [
        layers.Embedding(
            9, 4, embeddings_regularizer=regularizers.L2(0.25), activity_regularizer="l1",
            embeddings_constraint=constraints.UnitNorm(axis=1),
        ),
        layers.BatchNormalization(
            beta_regularizer="l1", gamma_regularizer=regularizers.L1L2(0.5, 0.25),
            gamma_constraint=constraints.MaxNorm(1.5), beta_constraint="non_neg",
        ),
        layers.LayerNormalization(
            axis=[1, 2], gamma_regularizer=regularizers.OrthogonalRegularizer(0.5),
            gamma_constraint=constraints.UnitNorm(), beta_constraint=constraints.MaxNorm(0.25, 1),
        ),
        layers.PReLU(
            alpha_initializer="ones", alpha_regularizer="l2", activity_regularizer="l2",
            alpha_constraint=constraints.MinMaxNorm(0.5, 0.75),
        ),
        layers.RMSNormalization(activity_regularizer=regularizers.L1L2(0.25, 0.5)),
        layers.Flatten(),
        layers.Dense(2),
    ]  # fmt: skip


def test_every_layer_has_penalties(rng: np.random.Generator) -> None:
    """The loss of `evaluate` is that of the data and each layer's, as if it were called alone."""
    x, y = rng.integers(0, 9, (ROWS, 3)), rng.normal(size=(ROWS, 2))
    chain = restricted_columns()
    model = fastnn.Sequential([fastnn.Input((3,)), *chain])
    model.compile("sgd", "mse")
    model.set_weights([abs(rng.normal(size=w.shape)) + 0.1 for w in model.get_weights()])
    embedding, batch, layer, prelu, rms = chain[:5]
    table, gamma, beta = (np.float64(w.numpy()) for w in (embedding.embeddings, batch.gamma,
                                                          batch.beta))  # fmt: skip
    pairs = float(regularizers.OrthogonalRegularizer(0.5)(layer.gamma.numpy()))
    want = [
        0.25 * np.square(table).sum(),
        0.5 * np.abs(gamma).sum() + 0.25 * np.square(gamma).sum(),
        0.01 * np.abs(beta).sum(),
        pairs,
        0.01 * np.square(np.float64(prelu.alpha.numpy())).sum(),
    ]
    assert layer.gamma.shape == prelu.alpha.shape == (3, 4)
    assert [float(v) for v in model.losses] == pytest.approx(want, rel=1e-6)
    z = x
    total = np.sum(want)
    for each in chain:
        z = each(z)
        factors = {embedding: (0.01, 0.0), prelu: (0.0, 0.01), rms: (0.25, 0.5)}.get(each)
        if factors is not None:
            wide = np.float64(z)
            passed = factors[0] * np.abs(wide).sum() + factors[1] * np.square(wide).sum()
            assert each.losses[0] == pytest.approx(passed / ROWS, rel=1e-5)
            total += passed / ROWS
    total += np.square(z - y).mean()
    assert model.evaluate(x, y, batch_size=ROWS, verbose=0) == pytest.approx(total, rel=1e-5)


def test_every_layer_obeys(rng: np.random.Generator) -> None:
    """Norms along the axes that the user sees, whatever the core's rows and columns are."""
    x, y = rng.integers(0, 9, (ROWS, 3)), rng.normal(size=(ROWS, 2))
    chain = restricted_columns()
    model = fastnn.Sequential([fastnn.Input((3,)), *chain])
    model.compile(fastnn.optimizers.SGD(0.05), "mse")
    embedding, batch, layer, prelu = chain[:4]
    layer.beta.assign(rng.normal(size=(3, 4)))
    for _ in range(3):
        model.fit(x, y, batch_size=16, verbose=0)
        lengths = np.linalg.norm(embedding.embeddings.numpy(), axis=1)
        assert np.abs(lengths - 1).max() < 1e-6
        assert np.linalg.norm(batch.gamma.numpy()) <= 1.5
        assert batch.beta.numpy().min() >= 0
        assert np.abs(np.linalg.norm(layer.gamma.numpy(), axis=0) - 1).max() < 1e-6
        assert np.linalg.norm(layer.beta.numpy(), axis=1).max() <= 0.25
        lengths = np.linalg.norm(prelu.alpha.numpy(), axis=0)
        assert lengths.min() >= 0.5 - 1e-6
        assert lengths.max() <= 0.75


@pytest.mark.parametrize("fmt", ["fnn", "keras", "h5"])
def test_files_have_it_all(fmt: str, tmp_path: Any, rng: np.random.Generator) -> None:
    """Saved midway, in every format: the same configuration, penalties and next steps."""
    x, y = rng.integers(0, 9, (ROWS, 3)), rng.normal(size=(ROWS, 2))
    model = fastnn.Sequential([fastnn.Input((3,)), *restricted_columns()])
    model.compile("adam", "mse")
    model.fit(x, y, batch_size=16, verbose=0)
    model.save(tmp_path / f"half.{fmt}")
    again = fastnn.models.load_model(tmp_path / f"half.{fmt}")
    assert again.get_config() == model.get_config()
    assert model.losses == again.losses
    for each in (model, again):
        each.fit(x, y, batch_size=16, shuffle=False, verbose=0)
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        assert one.tobytes() == two.tobytes()


def test_an_output_without_loss_has_its_activity_penalty(rng: np.random.Generator) -> None:
    """Only the penalty reaches that output; its gradient goes through all below."""
    x, y = rng.normal(size=(10, 4)), rng.normal(size=(10, 3))
    given = fastnn.Input((4,))
    first = layers.Dense(4)
    hidden = first(given)
    side = layers.Dense(2, activity_regularizer=regularizers.L2(0.5))
    model = fastnn.Model(given, [layers.Dense(3, trainable=False)(hidden), side(hidden)])
    model.compile(fastnn.optimizers.SGD(0.1), loss=["mse", None], loss_weights=[0.0, 1.0])
    w, v = np.float64(first.kernel.numpy()), np.float64(side.kernel.numpy())
    out = model.predict(x)[1].astype(np.float64)
    model.fit(x, [y, None], batch_size=10, verbose=0)
    assert model.history.history["loss"][0] == pytest.approx(0.5 * np.square(out).sum() / 10)
    assert np.allclose(side.kernel.numpy(), v - 0.1 * (x @ w).T @ out / 10, atol=1e-6)
    assert np.allclose(first.kernel.numpy(), w - 0.1 * x.T @ (out @ v.T) / 10, atol=1e-6)


def test_shared_layers_have_their_penalty_once(rng: np.random.Generator) -> None:
    """A normalisation that is used twice: one penalty, activities of both uses."""
    a, b = fastnn.Input((4,)), fastnn.Input((4,))
    norm = layers.LayerNormalization(
        gamma_regularizer=regularizers.L2(0.5), activity_regularizer=regularizers.L2(0.25)
    )
    model = fastnn.Model([a, b], layers.Add()([norm(a), norm(b)]))
    model.compile("sgd", "mse")
    x = [rng.normal(size=(10, 4)) for _ in range(2)]
    out = model.predict(x).astype(np.float64)
    parts = [np.float64(norm(part)) for part in x]
    want = 0.5 * 4 + sum(0.25 * np.square(part).sum() / 10 for part in parts)
    want += np.square(out).mean()
    assert model.evaluate(x, np.zeros((10, 4)), verbose=0) == pytest.approx(want, rel=1e-6)
    gamma = model.fit(x, np.zeros((10, 4)), verbose=0) and norm.gamma.numpy()
    slope = sum(2 * 0.25 * np.square(part) / 10 for part in parts)
    slope = slope + 2 * out / 40 * (parts[0] + parts[1])
    assert np.allclose(gamma, 1 - 0.01 * (slope.sum(axis=0) + 2 * 0.5), rtol=1e-6)


@pytest.mark.parametrize("batch", [8, 1100])
def test_dropping_the_model_midway_changes_no_bits(
    batch: int, tmp_path: Any, rng: np.random.Generator
) -> None:
    def make() -> Any:
        fastnn.utils.set_random_seed(3)
        return compiled(
            layers.Dense(
                20, activation="relu", kernel_regularizer="l1_l2", kernel_constraint="max_norm"
            ),
            layers.ActivityRegularization(0.1),
            layers.Dropout(0.5),
            layers.Dense(3, kernel_regularizer=regularizers.OrthogonalRegularizer(0.5)),
            optimizer="adam",
        )

    x, y = rng.normal(size=(1200, 6)), rng.normal(size=(1200, 3))
    whole, half = make(), make()
    whole.fit(x, y, batch_size=batch, epochs=4, verbose=0)
    half.fit(x, y, batch_size=batch, epochs=2, verbose=0)
    half.save(tmp_path / "half.fnn")
    again = fastnn.models.load_model(tmp_path / "half.fnn")
    assert again.get_config() == half.get_config()
    again.fit(x, y, batch_size=batch, epochs=2, verbose=0)
    for one, two in zip(whole.get_weights(), again.get_weights(), strict=True):
        assert one.tobytes() == two.tobytes()


def test_clones_and_configurations_have_it_all() -> None:
    model = compiled(
        layers.Dense(4, kernel_regularizer="l2", activity_regularizer="l1",
                     bias_constraint=constraints.MinMaxNorm(0.1, 0.2, 0.5, 0)),
        layers.ActivityRegularization(l1=0.5, l2=0.25),
    )  # fmt: skip
    copy = fastnn.models.clone_model(model)
    assert copy.get_config() == model.get_config()
    assert isinstance(copy.layers[0].kernel_regularizer, regularizers.L2)
    assert copy.layers[0].bias_constraint.get_config()["rate"] == 0.5
    assert (copy.layers[1].l1, copy.layers[1].l2) == (0.5, 0.25)
    assert layers.Dense(3).get_config()["kernel_constraint"] is None


def test_positions_count_as_one_sample(rng: np.random.Generator) -> None:
    """Outputs (batch, 4, 3): divided by the batch, not by the rows of the matrix product."""
    x, y = rng.normal(size=(10, 4, 2)), rng.normal(size=(10, 4, 3))
    model = fastnn.Sequential([fastnn.Input((4, 2)), layers.Dense(3, activity_regularizer="l2")])
    model.compile("sgd", "mse")
    out = model.predict(x).astype(np.float64)
    want = np.mean((out - y) ** 2) + 0.01 * np.square(out).sum() / 10
    assert model.evaluate(x, y, batch_size=10, verbose=0) == pytest.approx(want, rel=1e-6)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
class TestRestricted:
    """A net with all of it, as a program of Keras and of fastnn; tests/reference/cases.py has each
    by itself."""

    @staticmethod
    def build(api: Any, width: int) -> Any:
        penalties, allowed = api.regularizers, api.constraints
        model = api.Sequential([
            api.Input((6,)),
            api.layers.Dense(
                width, activation="tanh", kernel_regularizer=penalties.L1L2(0.003, 0.002),
                bias_regularizer="l2", activity_regularizer=penalties.L2(0.02),
                kernel_constraint=allowed.MaxNorm(0.8),
            ),
            api.layers.ActivityRegularization(0.01, 0.02),
            api.layers.Dense(
                7, kernel_constraint=allowed.UnitNorm(1), bias_constraint=allowed.MaxNorm(0.05),
                activity_regularizer="l2",
            ),
            api.layers.Dense(
                3, kernel_regularizer=penalties.OrthogonalRegularizer(0.3, "columns"),
                kernel_constraint=allowed.MinMaxNorm(0.5, 0.7, 0.5, [0, 1]),
            ),
        ])  # fmt: skip
        model.compile(api.optimizers.Adam(0.01), "mse")
        return model

    @pytest.mark.parametrize(("width", "batch"), [(12, 16), (12, 1100), (300, 16)])
    def test_numbers_are_keras(self, width: int, batch: int, rng: np.random.Generator) -> None:
        keras = pytest.importorskip("keras")
        x, y = rng.normal(size=(1200, 6)), rng.normal(size=(1200, 3))
        n = 100 if batch == 16 else 1200
        theirs, mine = self.build(keras, width), self.build(fastnn, width)
        weights = [rng.normal(size=w.shape) / len(w) ** 0.5 for w in mine.get_weights()]
        theirs.set_weights(weights)
        mine.set_weights(weights)
        assert mine.losses == pytest.approx([float(v) for v in theirs.losses], rel=1e-6)
        for model in (theirs, mine):
            model.fit(x[:n], y[:n], batch_size=batch, epochs=3, shuffle=False, verbose=0)
        found = mine.history.history["loss"]
        assert found == pytest.approx(theirs.history.history["loss"], rel=2e-5)
        for one, two in zip(mine.get_weights(), theirs.get_weights(), strict=True):
            assert np.abs(one - two).max() < 1e-4
        assert mine.evaluate(x, y, verbose=0) == pytest.approx(
            theirs.evaluate(x, y, verbose=0), rel=2e-5
        )


def test_errors_name_the_argument() -> None:
    rows = regularizers.OrthogonalRegularizer()
    with pytest.raises(ValueError, match="`activity_regularizer` must be L1, L2 or L1L2"):
        layers.Dense(2, activity_regularizer=rows)
    with pytest.raises(ValueError, match="`bias_regularizer` must be one for vectors"):
        layers.Dense(2, bias_regularizer=rows)
    with pytest.raises(ValueError, match="`bias_constraint`: `axis=1` does not fit"):
        layers.Dense(2, bias_constraint=constraints.UnitNorm(1))
    with pytest.raises(ValueError, match="`kernel_constraint`: `axis=2` does not fit"):
        layers.Dense(2, kernel_constraint=constraints.UnitNorm(2))
    with pytest.raises(ValueError, match="unknown constraint 'maxnorm' for `kernel_constraint`"):
        layers.Dense(2, kernel_constraint="maxnorm")
    with pytest.raises(ValueError, match="`beta_regularizer` must be one for vectors"):
        layers.BatchNormalization(beta_regularizer=rows)
    with pytest.raises(ValueError, match="`gamma_constraint`: `axis=1` does not fit"):
        layers.LayerNormalization(gamma_constraint=constraints.UnitNorm(1))
    with pytest.raises(ValueError, match="`activity_regularizer` must be L1, L2 or L1L2"):
        layers.Embedding(3, 2, activity_regularizer=rows)
    with pytest.raises(ValueError, match="unknown regularizer 'l3' for `embeddings_regularizer`"):
        layers.Embedding(3, 2, embeddings_regularizer="l3")
    with pytest.raises(ValueError, match="`alpha_regularizer` must be one for vectors"):
        layers.PReLU(alpha_regularizer=rows).build((None, 3))
    with pytest.raises(ValueError, match=r"`alpha_constraint`: `axis=.0, 2.` is not supported for"):
        layers.PReLU(alpha_constraint=constraints.UnitNorm([0, 2])).build((None, 2, 3, 4))
    with pytest.raises(ValueError, match="`alpha_constraint`: `axis=1` does not fit"):
        layers.PReLU(alpha_constraint=constraints.UnitNorm(1)).build((None, 3))
    with pytest.raises(ValueError, match="`l1` must not be negative"):
        layers.ActivityRegularization(-1)

    class Own(regularizers.Regularizer):
        pass

    with pytest.raises(ValueError, match="Own has no form in the core: layers take L1, L2"):
        layers.Dense(2, kernel_regularizer=Own())

    class Rounded(constraints.Constraint):
        pass

    with pytest.raises(ValueError, match="Rounded has no form in the core: layers take MaxNorm"):
        layers.Dense(2, kernel_constraint=Rounded())
