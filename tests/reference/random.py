"""Counter-based random numbers and the dropout mask made of them, in integers."""

import numpy as np
from numpy.typing import NDArray

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_MASK = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


def philox4x32(counter: NDArray[np.uint64], key: tuple[int, int]) -> NDArray[np.uint32]:
    """Philox4x32-10: (n, 4) counters of 32 bits and a key of 2 x 32 bits to (n, 4) words.

    Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011: ten rounds of
    (c0, c1, c2, c3) -> (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0)),
    the key growing by (W0, W1) after each.
    """
    c0, c1, c2, c3 = (counter[:, i].astype(np.uint64) for i in range(4))
    k0, k1 = key
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _32) ^ c1 ^ np.uint64(k0),
            p1 & _MASK,
            (p0 >> _32) ^ c3 ^ np.uint64(k1),
            p0 & _MASK,
        )
        k0, k1 = (k0 + _W0) & 0xFFFFFFFF, (k1 + _W1) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1).astype(np.uint32)


def random_words(seed: int, stream: int, step: int, count: int) -> NDArray[np.uint32]:
    """The first 4 * count words of the sequence (seed, stream, step), four to a block.

    Block b has the key (seed low, seed high) and the counter (b low, b high xor step high rotated
    by half a word, step low, stream).
    """
    block = np.arange(count, dtype=np.uint64)
    high = step >> 32
    rotated = np.uint64((high << 16 | high >> 16) & 0xFFFFFFFF)
    counter = np.empty((count, 4), np.uint64)
    counter[:, 0] = block & _MASK
    counter[:, 1] = (block >> _32) ^ rotated
    counter[:, 2] = step & 0xFFFFFFFF
    counter[:, 3] = stream
    return philox4x32(counter, (seed & 0xFFFFFFFF, seed >> 32)).reshape(-1)


def dropout_mask(
    seed: int, stream: int, step: int, rate: float, rows: int, width: int
) -> NDArray[np.bool_]:
    """Kept elements of a (rows, width) tensor: word of the element >= round(rate * 2^32).

    Element (r, c) takes word c % 4 of block (r * round_up(width, 4) + c) / 4.
    """
    padded = -(-width // 4) * 4
    words = random_words(seed, stream, step, rows * padded // 4).reshape(rows, padded)
    return words[:, :width] >= np.uint32(round(rate * 2**32))


def noise_normals(seed: int, stream: int, step: int, rows: int, width: int) -> NDArray[np.float64]:
    """Normal numbers of a (rows, width) tensor, by Box and Muller from the words of its elements.

    Elements 2p and 2p + 1 of a row padded to a multiple of 4 take words a and b of the same
    numbers: sqrt(-2 log((floor(a / 2) + 1/2) / 2^31)) times the cosine and the sine of pi b / 2^31.
    """
    padded = -(-width // 4) * 4
    words = random_words(seed, stream, step, rows * padded // 4).reshape(-1, 2)
    radius = np.sqrt(-2.0 * np.log(((words[:, 0] >> 1) + 0.5) / 2.0**31))
    angle = np.pi * (words[:, 1] / 2.0**31)
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(rows, padded)[:, :width]
