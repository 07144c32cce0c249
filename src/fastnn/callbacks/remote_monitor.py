"""Send the logs of epochs to a server."""

import json
import warnings
from collections.abc import Mapping
from typing import Any

from fastnn._errors import WrongTypeError
from fastnn._validation import check_bool
from fastnn.callbacks.callback import Callback, Logs

_SECONDS = 10  # to wait for the server


class RemoteMonitor(Callback):
    """Send epoch, loss and metrics to a server after each epoch, by POST.

    A server that cannot be reached, or that answers with an error, is warned of; training goes on.

    Parameters
    ----------
    root : str, default="http://localhost:9000"
        Address of the server, ``http`` or ``https``.
    path : str, default="/publish/epoch/end/"
        Follows `root`.
    field : str, default="data"
        Field of the form that holds the JSON.
    headers : dict of str to str, default=None
        Further headers of the request.
    send_as_json : bool, default=False
        Send the JSON itself, as ``application/json``, instead of a form.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Warns
    -----
    UserWarning
        In `fit`, if the server does not answer as it should within ten seconds.

    Examples
    --------
    >>> import fastnn
    >>> monitor = fastnn.callbacks.RemoteMonitor("http://localhost:9000", send_as_json=True)
    >>> monitor.root + monitor.path
    'http://localhost:9000/publish/epoch/end/'
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        for name, value in (("root", root), ("path", path), ("field", field)):
            if not isinstance(value, str):
                raise WrongTypeError(f"`{name}` must be a string, got {value!r}")
        if not root.startswith(("http://", "https://")):
            raise ValueError(f"`root` must begin with http:// or https://, got {root!r}")
        if headers is not None and not isinstance(headers, Mapping):
            raise WrongTypeError(f"`headers` must be a dict, got {headers!r}")
        self.root, self.path, self.field = root, path, field
        self.headers = headers
        self.send_as_json = check_bool(send_as_json, "send_as_json")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        from urllib.error import URLError
        from urllib.parse import urlencode
        from urllib.request import Request, urlopen

        sent: dict[str, Any] = {"epoch": epoch}
        for key, value in (logs or {}).items():
            sent[key] = value.item() if hasattr(value, "item") else value
        text = json.dumps(sent)
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        body = text if self.send_as_json else urlencode({self.field: text})
        request = Request(
            self.root + self.path, body.encode(), {"Content-Type": kind, **(self.headers or {})}
        )
        try:
            with urlopen(request, timeout=_SECONDS):
                pass
        except (URLError, OSError) as error:
            warnings.warn(
                f"RemoteMonitor could not send epoch {epoch} to {self.root}: {error}", stacklevel=2
            )
