# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chromium by its DevTools protocol: as much of it as the tests need."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import time
import typing as t
from pathlib import Path

import websocket

from tests.browser import chromium

Object = dict[str, t.Any]

SECONDS = 60
ARGUMENTS = (
    "--headless=shell",
    "--no-sandbox",  # it opens nothing but our own pages, and CI may be root
    "--no-zygote",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-port=0",
)


class Connection:
    """Calls, and the events that come between them."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, suppress_origin=True, timeout=SECONDS)
        self._last = 0
        self.events: list[Object] = []

    def call(self, method: str, session: str = "", **params: t.Any) -> Object:
        self._last += 1
        message: Object = {"id": self._last, "method": method, "params": params, **({"sessionId": session} if session else {})}
        self._socket.send(json.dumps(message))
        while True:
            answer = self._receive()
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer}"
                return t.cast(Object, answer["result"])

    def wait_for(self, method: str, since: int) -> Object:
        """The first such event of those from that one on."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = next((event for event in self.events[since:] if event["method"] == method), None)
            if found:
                return found
            self._receive()
        raise TimeoutError(method)

    def _receive(self) -> Object:
        answer: Object = json.loads(self._socket.recv())
        if "method" in answer:
            self.events.append(answer)
        return answer


class Tab:
    """A page of the browser, and what it asked for and complained about."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        target = connection.call("Target.createTarget", url="about:blank")["targetId"]
        self._session: str = connection.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._begin = len(connection.events)
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: t.Any) -> Object:
        return self._connection.call(method, self._session, **params)

    def look(self, width: int = 1280, scheme: str = "light", media: str = "") -> None:
        """The window, the system's colours and the medium."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, path: Path) -> None:
        since = len(self._connection.events)
        self.call("Page.navigate", url=path.as_uri())
        self._connection.wait_for("Page.loadEventFired", since)

    def evaluate(self, script: str) -> t.Any:
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            code = {"Tab": 9, "Enter": 13}.get(key, 0)
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    def write(self, text: str) -> None:
        """Into what has the focus."""
        self.call("Input.insertText", text=text)

    def screenshot(self) -> bytes:
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4000), "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"])

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def requests(self) -> list[str]:
        return [event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")]

    def complaints(self) -> list[Object]:
        """Console, log and uncaught exceptions."""
        return self._events("Runtime.consoleAPICalled") + self._events("Log.entryAdded") + self._events("Runtime.exceptionThrown")

    def _events(self, method: str) -> list[Object]:
        events = self._connection.events[self._begin :]
        return [event for event in events if event["method"] == method and event.get("sessionId") == self._session]


@contextlib.contextmanager
def browser(home: Path, scratch: Path) -> t.Iterator[Connection]:
    """One that is ended again."""
    command = [str(home / "chromium"), *ARGUMENTS, f"--user-data-dir={scratch / 'profile'}", "about:blank"]
    log = (scratch / "chromium.log").open("w+", encoding="utf-8")
    with log, subprocess.Popen(command, env=chromium.environment(home, scratch), stdout=log, stderr=subprocess.STDOUT) as process:
        try:
            yield Connection(_address(scratch, process))
        finally:
            process.kill()
            process.wait(SECONDS)


def _address(scratch: Path, process: subprocess.Popen[bytes]) -> str:
    """It writes it where its profile is once it listens."""
    written = scratch / "profile/DevToolsActivePort"
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        lines = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise TimeoutError(f"Chromium does not listen:\n{(scratch / 'chromium.log').read_text(encoding='utf-8')}")
