# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""C(python -m tests.live.viz_dashboard RENDERED DIRECTORY): what the role linkerd_viz rendered to expose the dashboard, on a real Traefik.

Runs inside the namespace and judges nothing. The dashboard is a stand-in that refuses strangers' Host headers with the very expression
that the chart gets, and answers with the headers that it was sent; users' Secret and certificate are the test's.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from ansible_collections.pimesh.linkerd.plugins.module_utils.model import Ref
from ansible_collections.pimesh.linkerd.plugins.module_utils.viz import htpasswd
from sandbox.charts.crds import TRAEFIK, definition
from sandbox.cluster import Sandbox
from sandbox.players import PLAYERS
from tests.integration.ingress_lab import Cluster, Object, connect
from tests.live import namespace, releases
from tests.unit import pki

NAMESPACE, HOST, PORT = "linkerd-viz", "linkerd.home.example", 8443
USER, PASSWORD = "admin", "a-long-password-for-the-test"
SECONDS = 60
LEAKY = {"l5d-server-id": "web", "l5d-client-id": "traefik", "l5d-remote-ip": "10.42.0.1", "x-of-the-app": "kept"}


class Dashboard(BaseHTTPRequestHandler):
    """As viz' web does: the Host header first."""

    expression = ""

    def do_GET(self) -> None:
        known = re.search(self.expression, self.headers.get("Host", "")) is not None
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200 if known else 400)
        for name, value in (*LEAKY.items(), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """The evidence is what clients saw."""


def objects(rendered: Path) -> list[Object]:
    """What a GitOps tool would apply, and what it needs to be there."""
    index = yaml.safe_load((rendered / "kustomization.yaml").read_text(encoding="utf-8"))
    given = [yaml.safe_load((rendered / name).read_text(encoding="utf-8")) for name in index["resources"]]
    identity = pki.issued(HOST, None, host=HOST, ca=False)
    tls = {"tls.crt": base64.b64encode(identity.pem).decode(), "tls.key": base64.b64encode(identity.key_text().encode()).decode()}
    users = {"auth": base64.b64encode(htpasswd.line(USER, PASSWORD).encode()).decode()}
    ports = [{"name": "http", "port": 8084, "targetPort": 8084}]
    return [
        *given,
        {**_about("v1", "Secret", "viz-tls"), "type": "kubernetes.io/tls", "data": tls},
        {**_about("v1", "Secret", "viz-users"), "data": users},
        {**_about("v1", "Service", "web"), "spec": {"selector": {"component": "web"}, "ports": ports}},
    ]


def _about(api_version: str, kind: str, name: str) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}}


def prepare(cluster: Cluster, rendered: Path) -> str:
    """Everything is in the cluster; the Service's address."""
    for kind in TRAEFIK:
        cluster.apply(definition(kind, {}, {}))
    wanted = objects(rendered)
    for obj in sorted(wanted, key=lambda item: item["kind"] != "Namespace"):
        _retried(functools.partial(cluster.apply, obj))
    service = cluster.get(Ref("v1", "Service", "web", NAMESPACE))
    assert service is not None
    return str(service["spec"]["clusterIP"])


def _retried(write: t.Callable[[], object]) -> None:
    """A new kind is served a moment after its definition."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            write()
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
        else:
            return


@contextlib.contextmanager
def traefik(kubeconfig: Path, log: Path) -> t.Iterator[None]:
    """The real one, with nothing but an entry point and the provider."""
    arguments = [f"--entryPoints.websecure.address=127.0.0.1:{PORT}", "--providers.kubernetesCRD", "--log.level=DEBUG"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(log.parent), "KUBECONFIG": str(kubeconfig)}
    with log.open("wb") as out:
        process = subprocess.Popen([releases.program(releases.NEWEST), *arguments], stdout=out, stderr=out, env=environment, cwd=log.parent)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def ask(host: str, user: str = "", *, address: tuple[str, int] = ("127.0.0.1", PORT), tls: bool = True, origin: str = "") -> Object:
    """One request: its status, and what came back."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is the test's own
    plain = http.client.HTTPConnection(*address, timeout=10)
    if tls:
        plain.connect()
        plain.sock = context.wrap_socket(plain.sock, server_hostname=host.partition(":")[0])
    headers = {"Host": host, **({"Origin": origin} if origin else {})}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    with contextlib.closing(plain):
        plain.request("GET", "/", headers=headers)
        answer = plain.getresponse()
        body = answer.read().decode(errors="replace")
    sent = json.loads(body) if body.startswith("{") else {}
    return {"status": answer.status, "headers": {name.lower(): value for name, value in answer.getheaders()}, "sent": sent}


def _serves(host: str) -> bool:
    """Traefik listens, and knows the route."""
    try:
        return bool(ask(host)["status"] != 404)
    except OSError:
        return False


def evidence(address: str) -> Object:
    login, own = f"{USER}:{PASSWORD}", f"{HOST}:{PORT}"
    end = time.monotonic() + SECONDS
    while not _serves(own) and time.monotonic() < end:
        time.sleep(0.2)
    return {
        "nobody": ask(own),
        "stranger": ask(own, f"{USER}:wrong"),
        "user": ask(own, login, origin=f"https://{own}"),
        "forged": ask("evil.invalid", login),
        "behind": ask("evil.invalid", address=(address, 8084), tls=False),
        "inside": ask("web.linkerd-viz.svc.cluster.local:8084", address=(address, 8084), tls=False),
    }


def main(rendered: Path, home: Path) -> None:
    namespace.enter()
    values = yaml.safe_load((rendered / "values-linkerd-viz.yaml").read_text(encoding="utf-8"))
    Dashboard.expression = values["dashboard"]["enforcedHostRegexp"]
    with Sandbox("dashboard", empty=True, without=[*PLAYERS, "homelab"], root=home / "sandboxes") as sandbox:
        address = prepare(connect(sandbox.kubeconfig), rendered)
        server = ThreadingHTTPServer((address, 8084), Dashboard)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with traefik(sandbox.kubeconfig, home / "traefik.log"):
            seen = evidence(address)
    (home / "evidence.json").write_text(json.dumps(seen), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
