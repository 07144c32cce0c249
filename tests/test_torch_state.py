"""Weights of PyTorch modules, by name and by order, from files and mappings."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import fastnn
from fastnn import layers, models
from tolerance import KERAS_ELEMENTWISE


def make() -> fastnn.Sequential:
    return fastnn.Sequential([
        fastnn.Input((3,)), layers.Dense(4, "relu", name="first"), layers.Dropout(0.5),
        layers.Dense(4, "tanh", name="second"), layers.Dense(2, use_bias=False, name="last"),
    ])  # fmt: skip


def state(rng: np.random.Generator, *names: str) -> dict[str, np.ndarray]:
    a, b, c = names
    shapes = {f"{a}.weight": (4, 3), f"{a}.bias": (4,), f"{b}.weight": (4, 4), f"{b}.bias": (4,),
              f"{c}.weight": (2, 4)}  # fmt: skip
    return {key: rng.standard_normal(shape).astype("f4") for key, shape in shapes.items()}


def fits(net: fastnn.Sequential, tensors: dict[str, np.ndarray], *names: str) -> None:
    expected = []
    for name in names:
        expected.append(tensors[f"{name}.weight"].T)
        if f"{name}.bias" in tensors:
            expected.append(tensors[f"{name}.bias"])
    for weight, value in zip(net.get_weights(), expected, strict=True):
        assert np.array_equal(weight, value)


@pytest.mark.parametrize(
    "names", [("2", "4", "10"), ("fc1", "fc2", "fc11"), ("net.0.lin", "net.3.lin", "net.20.lin")]
)
def test_files_with_numbered_modules(
    rng: np.random.Generator, tmp_path: Path, names: tuple[str, str, str]
) -> None:
    tensors = state(rng, *names)
    save_file(tensors, tmp_path / "w.safetensors")
    for load in (models.load_torch_state_dict, fastnn.Sequential.load_weights):
        net = make()
        load(net, tmp_path / "w.safetensors")
        fits(net, tensors, *names)


def test_files_made_by_hand(tmp_path: Path) -> None:
    header = (
        b'{"0.bias":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},'
        b'"0.weight":{"dtype":"F64","shape":[1,2],"data_offsets":[2,18]}}'
    )
    content = struct.pack("<Q", len(header)) + header + struct.pack("<e2d", 0.5, 3.0, 4.0)
    (tmp_path / "w.bin").write_bytes(content)
    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1)])
    models.load_torch_state_dict(net, tmp_path / "w.bin")
    assert net.predict(np.array([[1.0, 10.0]])).tolist() == [[43.5]]
    for size in (0, 7, 30, len(content) - 1):
        (tmp_path / "w.bin").write_bytes(content[:size])
        with pytest.raises(ValueError, match="is not a whole safetensors file"):
            models.load_torch_state_dict(net, tmp_path / "w.bin")


def test_order_is_never_guessed(rng: np.random.Generator, tmp_path: Path) -> None:
    tensors = state(rng, "stem", "middle", "head")
    path = tmp_path / "w.safetensors"
    save_file(tensors, path)
    net = make()
    with pytest.raises(ValueError, match=r"does not keep the order of .*: say with `names`"):
        net.load_weights(path)
    models.load_torch_state_dict(net, path, {"first": "stem", "second": "middle", "last": "head"})
    fits(net, tensors, "stem", "middle", "head")
    net = make()
    models.load_torch_state_dict(net, tensors)  # a mapping has an order
    fits(net, tensors, "stem", "middle", "head")
    named = state(rng, "first", "second", "last")
    save_file(named, path)
    net.load_weights(path)
    fits(net, named, "first", "second", "last")


def test_what_does_not_fit(rng: np.random.Generator) -> None:
    net, good = make(), state(rng, "0", "1", "2")
    before = net.get_weights()

    def attempt(tensors: dict[str, Any], message: str, **more: Any) -> None:
        with pytest.raises(ValueError, match=message):
            models.load_torch_state_dict(net, tensors, **more)

    attempt({k: v for k, v in good.items() if k != "1.bias"}, "needs '1.bias', which is missing")
    attempt(good | {"2.bias": np.zeros(2)}, r"that the model has not: \['2.bias'\]")
    attempt(good | {"3.weight": np.zeros(2)}, "4 modules with weights, .*, for 3 layers")
    attempt(good | {"0.weight": np.zeros((3, 4))}, r"must have shape \(4, 3\), got \(3, 4\)")
    attempt(good | {"0.weight": np.full((4, 3), "a")}, "must hold real numbers")
    names = {"first": "0", "second": "1", "last": "2"}
    attempt(good, "`names` must have an entry for each layer", names={"first": "0"})
    attempt(good, "`names` must give each layer a module", names=names | {"last": "0"})
    attempt(good, "needs '7.weight', which is missing", names=names | {"last": "7"})
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    with pytest.raises(ValueError, match="has no weights yet"):
        models.load_torch_state_dict(fastnn.Sequential([layers.Dense(1)]), good)
    with pytest.raises(FileNotFoundError, match="no such file"):
        models.load_torch_state_dict(net, "none.safetensors")


def test_written_files(tmp_path: Path) -> None:
    net, other, path = make(), make(), tmp_path / "w.safetensors"
    net.save_weights(path)
    tensors = load_file(path)
    assert set(tensors) == {"first.weight", "first.bias", "second.weight", "second.bias",
                            "last.weight"}  # fmt: skip
    assert np.array_equal(tensors["last.weight"], net.get_weights()[4].T)
    other.load_weights(path)
    assert all(
        np.array_equal(a, b) for a, b in zip(net.get_weights(), other.get_weights(), strict=True)
    )
    with pytest.raises(FileExistsError, match="`overwrite` is False"):
        models.save_torch_state_dict(net, path, overwrite=False)
    with pytest.raises(ValueError, match="`names` must have an entry for each layer"):
        models.save_torch_state_dict(net, path, {"first": "0"})


@pytest.mark.slow
def test_against_torch(rng: np.random.Generator, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file as load_tensors
    from safetensors.torch import save_file as save_tensors

    module = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 4), torch.nn.Tanh(),
        torch.nn.Linear(4, 2, bias=False),
    )  # fmt: skip
    x = rng.standard_normal((5, 3)).astype("f4")

    def agree(net: fastnn.Sequential) -> None:
        with torch.no_grad():
            expected = module(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(net.predict(x), expected, rtol=0, atol=KERAS_ELEMENTWISE)

    path = tmp_path / "w.safetensors"
    save_tensors(module.state_dict(), path)
    net = make()
    net.load_weights(path)
    agree(net)
    other = make()
    models.load_torch_state_dict(other, module.state_dict())
    agree(other)
    fresh = make()
    models.save_torch_state_dict(fresh, path, {"first": "0", "second": "2", "last": "4"})
    module.load_state_dict(load_tensors(path))
    agree(fresh)


@pytest.mark.slow
def test_a_graph_against_torch(tmp_path: Path) -> None:
    """Every layer that PyTorch has too, one of them shared, in a net that is no chain."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file as load_tensors
    from safetensors.torch import save_file as save_tensors

    nn = torch.nn

    class Net(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(7, 4)
            self.shared = nn.Linear(4, 4, bias=False)
            self.slopes, self.one = nn.PReLU(4), nn.PReLU()
            self.batch, self.bare = nn.BatchNorm1d(4), nn.BatchNorm1d(4, affine=False)
            self.norm, self.scale = nn.LayerNorm(4), nn.RMSNorm(4, eps=1e-6)
            self.out = nn.Linear(8, 2)

        def forward(self, i: Any, x: Any) -> Any:
            a, b = self.shared(self.table(i)[:, 0]), self.shared(x)
            a = self.norm(self.batch(self.slopes(a)))
            return self.out(torch.cat([a, self.scale(self.bare(self.one(b)))], 1))

    module = Net()
    i, x = torch.randint(0, 7, (16, 1)), torch.randn(16, 4)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(0.2, 1.0)
        for _ in range(3):
            module(i, x)  # moves the averages
        module.eval()
        expected = module(i, x).numpy()

    row, columns = fastnn.Input((1,)), fastnn.Input((4,))
    shared = layers.Dense(4, use_bias=False, name="shared")
    a = shared(layers.Flatten()(layers.Embedding(7, 4, name="table")(row)))
    a = layers.BatchNormalization(epsilon=1e-5, name="batch")(layers.PReLU(name="slopes")(a))
    a = layers.LayerNormalization(epsilon=1e-5, name="norm")(a)
    b = layers.PReLU(shared_axes=[1], name="one")(shared(columns))
    bare = layers.BatchNormalization(epsilon=1e-5, center=False, scale=False, name="bare")
    b = layers.RMSNormalization(epsilon=1e-6, name="scale")(bare(b))
    net = fastnn.Model(
        [row, columns], layers.Dense(2, name="out")(layers.Concatenate()([a, b]))
    )  # fmt: skip
    path = tmp_path / "w.safetensors"
    save_tensors(module.state_dict(), path)
    for source in (module.state_dict(), path):
        net.set_weights([w * 0 for w in net.get_weights()])
        models.load_torch_state_dict(net, source)
        got = net.predict([i.numpy(), x.numpy()])
        np.testing.assert_allclose(got, expected, rtol=0, atol=KERAS_ELEMENTWISE)
    models.save_torch_state_dict(net, path)
    other = Net().eval()
    other.load_state_dict(load_tensors(path))  # strict: all keys, all shapes
    with torch.no_grad():
        assert torch.equal(other(i, x), module(i, x))
