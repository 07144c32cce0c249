"""MNIST: 70 000 handwritten digits of 28 x 28 pixels, from a folder or downloaded once."""

import os
from pathlib import Path

import numpy as np

from fastnn.datasets import _download
from fastnn.datasets._bundled import Rows, Split
from fastnn.datasets._idx import read_idx

__all__ = ["load_data"]

_TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
_TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")

# SHA-256 of the decompressed files: mirrors recompress them, so the bytes of a gz file differ
# from place to place while its contents must not.
_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)


def load_data(
    path: str | os.PathLike[str] | None = None, download: bool = True, timeout: float = 30.0
) -> Split:
    """Load MNIST: 60 000 images to train on and 10 000 to test with.

    The data are four IDX files, each as ``NAME.gz`` or unpacked as ``NAME``:
    ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte`` and
    ``t10k-labels-idx1-ubyte``.

    Parameters
    ----------
    path : path, optional
        Folder with the four files; nothing is downloaded then. Without it the folder named by
        the environment variable ``FASTNN_DATA_HOME``, else the user's cache folder
        (``~/.cache/fastnn`` on Linux), is searched, itself and its subfolder ``mnist``.
    download : bool, default=True
        Fetch what is missing into that subfolder ``mnist``. A file takes its place only when it
        is whole and its contents have the known SHA-256.
    timeout : float, default=30.0
        Seconds to wait for a server that says nothing.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        ``x``: ndarray of shape (n, 28, 28), dtype=uint8, 0 to 255; ``y``: ndarray of shape (n,),
        dtype=uint8, 0 to 9.

    Raises
    ------
    FileNotFoundError
        A file is missing from `path`, or from the cache with ``download=False``.
    ConnectionError
        No server could be reached; the message says which files to put where.
    ValueError
        A file is cut short, damaged, or not what its name says.

    Notes
    -----
    Source: Y. LeCun, C. Cortes and C. J. C. Burges, http://yann.lecun.com/exdb/mnist/, licensed
    CC BY-SA 3.0. Any four files of the same form are read, such as Fashion-MNIST's; only a
    download is held to the SHA-256.

    Examples
    --------
    >>> from fastnn.datasets import mnist
    >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()  # doctest: +SKIP
    >>> x_train.shape, x_test.shape  # doctest: +SKIP
    ((60000, 28, 28), (10000, 28, 28))
    """
    if not timeout > 0:
        raise ValueError(f"`timeout` must be a positive number of seconds, got {timeout!r}")
    files = _find_in_folder(Path(path)) if path is not None else _find_or_fetch(download, timeout)
    train, test = _read_pair(files, _TRAIN), _read_pair(files, _TEST)
    if train[0].shape[1:] != test[0].shape[1:]:
        raise ValueError(
            f"training images are {train[0].shape[1:]} pixels, test images {test[0].shape[1:]}: "
            "the four files do not belong together"
        )
    return train, test


def _search(folder: Path) -> dict[str, Path]:
    """The files of the set that `folder` has, compressed or not, by name."""
    found = {}
    for name in _SHA256:
        for file in (folder / f"{name}.gz", folder / name):
            if file.is_file():
                found[name] = file
                break
    return found


def _find_in_folder(folder: Path) -> dict[str, Path]:
    found = _search(folder)
    missing = [name for name in _SHA256 if name not in found]
    if missing:
        raise FileNotFoundError(
            f"`path`: {folder} must hold the four MNIST files; missing: "
            + ", ".join(f"{name}.gz" for name in missing)
        )
    return found


def _find_or_fetch(download: bool, timeout: float) -> dict[str, Path]:
    home = _download.data_home()
    found = _search(home / "mnist") | _search(home)
    missing = [name for name in _SHA256 if name not in found]
    if not missing:
        return found
    wanted = ", ".join(f"{name}.gz" for name in missing)
    advice = (
        f"put {wanted} into {home / 'mnist'}, or pass the folder that has the four files as `path`"
    )
    if not download:
        raise FileNotFoundError(f"MNIST is not in {home} and `download` is False; {advice}")
    for name in missing:
        target = home / "mnist" / f"{name}.gz"
        urls = [f"{mirror}{name}.gz" for mirror in _MIRRORS]
        try:
            _download.fetch_gzip(urls, target, _SHA256[name], timeout)
        except OSError as error:
            raise ConnectionError(f"cannot download MNIST ({error}); {advice}") from error
        found[name] = target
    return found


def _read_pair(files: dict[str, Path], names: tuple[str, str]) -> Rows:
    images, labels = read_idx(files[names[0]], n_axes=3), read_idx(files[names[1]], n_axes=1)
    if len(images) != len(labels):
        raise ValueError(
            f"{files[names[0]]} has {len(images)} images and {files[names[1]]} {len(labels)} labels"
        )
    if np.any(labels > 9):
        raise ValueError(f"{files[names[1]]} has the label {labels.max()}; digits are 0 to 9")
    return images, labels
