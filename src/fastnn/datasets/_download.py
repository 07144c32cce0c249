"""Owns the cache folder and the one way a file gets into it: whole, checked, by a rename."""

import hashlib
import os
import secrets
import sys
import urllib.request
import zlib
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from pathlib import Path

_BLOCK = 1 << 16
_LARGEST = 1 << 28  # bytes accepted from a server, before and after decompression


def data_home() -> Path:
    """``FASTNN_DATA_HOME``, else a folder of the user's cache that need not exist yet."""
    named = os.environ.get("FASTNN_DATA_HOME")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "fastnn"


def fetch_gzip(urls: Sequence[str], target: Path, sha256: str, timeout: float) -> None:
    """Download one gzip file to `target` from the first of `urls` that has it right.

    `sha256` is that of the decompressed contents. OSError, with a word on each address, when
    none of them gives it; then `target` is as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    problems = []
    for url in urls:
        part = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        try:
            with part.open("xb") as file:
                digest = hashlib.sha256()
                unpack = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
                unpacked = 0
                for block in _blocks(url, timeout):
                    file.write(block)
                    content = unpack.decompress(block, _LARGEST + 1 - unpacked)
                    unpacked += len(content)
                    if unpacked > _LARGEST:
                        raise OSError("it unpacks to more than it should")
                    digest.update(content)
            if not unpack.eof or unpack.unused_data:
                raise OSError("it is cut short, or goes on after its end")
            if digest.hexdigest() != sha256:
                raise OSError("its contents have another SHA-256 than they should")
            part.replace(target)
            return
        except (OSError, HTTPException, zlib.error) as error:
            problems.append(f"{url}: {error}")
        finally:
            part.unlink(missing_ok=True)
    raise OSError("; ".join(problems))


def _blocks(url: str, timeout: float) -> Iterator[bytes]:
    received = 0
    with urllib.request.urlopen(url, timeout=timeout) as response:
        while block := response.read(_BLOCK):
            received += len(block)
            if received > _LARGEST:
                raise OSError("it is longer than it should be")
            yield block
