"""A headless Chromium on two pipes (--remote-debugging-pipe): as much of its protocol as the tests
of pages need."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

SKIPPED = 77
DEADLINE_S = 60.0 * float(os.environ.get("EDGEWISE_TIMEOUT_SCALE", "1"))


def find() -> str | None:
    names = (
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    )
    return next((found for name in names if (found := shutil.which(name))), None)


def needed() -> str:
    """The program; without one the test that needs it ends, as skipped."""
    program = find()
    if not program:
        print("skipped: there is no Chromium here; ci/setup --with browser brings it")
        sys.exit(SKIPPED)
    return program


class Page:
    """One page; what it logs, and what it asks the network for, is kept."""

    def __init__(self, program: str) -> None:
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, self.to_browser = os.pipe()
        self.from_browser, to_write = os.pipe()
        words = [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--remote-debugging-pipe",
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={self.profile.name}",
            "about:blank",
        ]
        # It reads descriptor 3 and writes descriptor 4; the shell moves them there.
        script = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "chromium", *words],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read)
        os.close(to_write)
        self.rest, self.last_id, self.session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = next(
            one for one in self.ask("Target.getTargets")["targetInfos"] if one["type"] == "page"
        )
        self.session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self.rest:
            if not select.select(
                [self.from_browser], [], [], max(0.0, deadline - time.monotonic())
            )[0]:
                raise TimeoutError("Chromium does not answer")
            more = os.read(self.from_browser, 1 << 16)
            if not more:
                raise EOFError("Chromium has ended")
            self.rest += more
        one, self.rest = self.rest.split(b"\0", 1)
        taken: dict[str, Any] = json.loads(one)
        return taken

    def ask(self, method: str, **values: Any) -> dict[str, Any]:
        self.last_id += 1
        session = {"sessionId": self.session} if self.session else {}
        words = json.dumps({"id": self.last_id, "method": method, "params": values} | session)
        os.write(self.to_browser, words.encode() + b"\0")
        deadline = time.monotonic() + DEADLINE_S
        while True:
            said = self.message(deadline)
            if said.get("id") == self.last_id:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']}")
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def show(
        self, file: Path, width: int, height: int = 800, media: str = "", scheme: str = "light"
    ) -> None:
        """Loads the file anew in a window of that size; "print" and "dark" as `media` and
        `scheme`."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.ask(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.events.clear()
        self.ask("Page.navigate", url=file.resolve().as_uri())
        deadline = time.monotonic() + DEADLINE_S
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message(deadline))

    def value(self, script: str) -> Any:
        result = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def screenshot(self, file: Path, whole: bool = False) -> None:
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(shot["data"]))

    def print(self, file: Path) -> None:
        shot = self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """What it logged as an error or warning, and the errors that nobody caught."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") == "Runtime.exceptionThrown":
                found.append(str(params["exceptionDetails"].get("text")))
            elif event.get("method") == "Runtime.consoleAPICalled" and params["type"] in (
                "error",
                "warning",
                "assert",
            ):
                found.append(str(params["args"]))
            elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] in (
                "error",
                "warning",
            ):
                found.append(params["entry"]["text"])
        return found

    def requests(self) -> list[str]:
        """What it asked for, its own file included."""
        asked = [
            event for event in self.events if event.get("method") == "Network.requestWillBeSent"
        ]
        return [event["params"]["request"]["url"] for event in asked]

    def close(self) -> None:
        try:
            self.session = ""
            self.ask("Browser.close")
        except (OSError, EOFError, TimeoutError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.to_browser)
        os.close(self.from_browser)
        self.profile.cleanup()


class Shown(unittest.TestCase):
    """Tests of what a browser shows: all have one page."""

    page: Page


def run_tests(program: str) -> None:
    """Those of the script that calls it, with a page in Shown; ends it if one fails."""
    Shown.page = Page(program)
    try:
        unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful() or sys.exit(1)
    finally:
        Shown.page.close()
