"""Orthogonal and Identity initialisers."""

import hashlib

import numpy as np
import pytest

from fastnn import _core, initializers


@pytest.mark.parametrize(
    "shape", [(1, 1), (5, 3), (3, 5), (31, 31), (33, 65), (200, 133), (40, 300), (4, 5, 6)]
)
@pytest.mark.parametrize("gain", [1.0, 0.5])
def test_rows_or_columns_are_orthonormal(shape: tuple[int, ...], gain: float) -> None:
    w = initializers.Orthogonal(gain, seed=3)(shape, "float64").reshape(-1, shape[-1])
    product = w @ w.T if w.shape[0] < w.shape[1] else w.T @ w
    assert np.abs(product - gain**2 * np.eye(len(product))).max() < 1e-14


@pytest.mark.parametrize("shape", [(5, 5), (40, 33), (130, 100)])
def test_it_is_the_q_of_lapack(shape: tuple[int, int], rng: np.random.Generator) -> None:
    a = rng.normal(size=shape)
    q, r = np.linalg.qr(a)
    want = q * np.sign(np.diag(r))
    assert np.abs(_core.orthonormal_columns(a) - want).max() < 1e-10


def test_nearly_dependent_columns(rng: np.random.Generator) -> None:
    a = np.ones((60, 1)) + 1e-9 * rng.normal(size=(60, 50))
    q = _core.orthonormal_columns(a)
    assert np.abs(q.T @ q - np.eye(50)).max() < 1e-14


def test_bits_do_not_depend_on_the_machine() -> None:
    w = initializers.Orthogonal(seed=3)((200, 133), "float64")
    assert hashlib.sha256(w.tobytes()).hexdigest().startswith("63e2fc37ec85b7f3")


def test_seeds_and_configurations() -> None:
    one = initializers.Orthogonal(2.0, seed=1)
    assert one.get_config() == {"gain": 2.0, "seed": 1}
    again = initializers.deserialize(initializers.serialize(one))
    assert again((4, 4)).tobytes() == one((4, 4)).tobytes()
    assert initializers.Orthogonal(seed=2)((4, 4)).tobytes() != one((4, 4)).tobytes()
    for name in ("orthogonal", "Orthogonal", "OrthogonalInitializer"):
        assert isinstance(initializers.get(name), initializers.Orthogonal)
    assert initializers.orthogonal is initializers.Orthogonal


def test_identity() -> None:
    got = initializers.Identity(3.0)((2, 4), "float64")
    assert got.tolist() == [[3, 0, 0, 0], [0, 3, 0, 0]]
    for name in ("identity", "Identity", "IdentityInitializer"):
        assert isinstance(initializers.get(name), initializers.Identity)
    assert initializers.Identity(2).get_config() == {"gain": 2.0}


def test_errors() -> None:
    with pytest.raises(ValueError, match="`shape` must have at least two axes for Orthogonal"):
        initializers.Orthogonal()((3,))
    with pytest.raises(ValueError, match="`shape` must be that of a matrix for Identity"):
        initializers.Identity()((3, 3, 3))
    for cls in (initializers.Identity, initializers.Orthogonal):
        with pytest.raises(ValueError, match="`gain` must be a number"):
            cls("large")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="STFT` is not part of fastnn"):
        initializers.STFT  # noqa: B018
