# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP below cluster.py: authentication, kept-alive connections, retries. Nothing else imports it.

Authentication is kubernetes.core's own (every option, every K8S_AUTH_* variable, token refresh and exec plugins);
the requests are raw urllib3, because model objects cost several times what the API itself takes.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import (
    _create_auth_spec,
    _create_configuration,
    _create_headers,
)

from .api_errors import error_from_status, not_kubernetes, unreachable
from .errors import ClusterError

try:
    import urllib3
    from kubernetes.client.rest import RESTClientObject
    from kubernetes.config import ConfigException
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

CONNECTIONS = 16
ATTEMPTS = 6
FIRST_CONTACT_ATTEMPTS = 2
"""An API that never answered is reported soon; one that answered before is given time to come back."""
PAUSE = 0.25
LONGEST_PAUSE = 8.0
LONGEST_RETRY_AFTER = 30.0
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 90.0
TRANSIENT = frozenset({429, 500, 502, 503, 504})


class UnclearError(ClusterError):
    """A write that must not be repeated blindly got no clear answer: it may have happened."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, with the words an error about it needs."""

    verb: str
    subject: str
    method: str
    path: str
    query: t.Mapping[str, str] = field(default_factory=dict)
    body: t.Any | None = None
    content_type: str = "application/json"
    repeatable: bool = True
    secrets: tuple[str, ...] = ()


class Transport:
    """Sends requests to one API server from several threads."""

    def __init__(self, configuration: t.Any, headers: t.Mapping[str, t.Any]) -> None:
        configuration.connection_pool_maxsize = CONNECTIONS
        self._configuration = configuration
        self._pool = RESTClientObject(configuration).pool_manager
        self._extra_headers = headers
        self._auth_lock = threading.Lock()
        self.sleep: t.Callable[[float], None] = time.sleep
        self._answered = False
        self.host = str(configuration.host).rstrip("/")
        self.warnings: dict[str, None] = {}

    @classmethod
    def connect(cls, module: AnsibleModule) -> Transport:
        """Authenticate as the module's options, the environment, or the kubeconfig say."""
        if MISSING is not None:
            raise ClusterError("kubernetes", missing_required_lib("kubernetes"), code="missing_library") from MISSING
        try:
            return cls(_configure(_create_auth_spec(module)), _create_headers(module))
        except ConfigException as error:
            raise ClusterError(
                _kubeconfig(module),
                str(error).rstrip("."),
                "Name an existing file with kubeconfig and one of the contexts that `kubectl config get-contexts` lists.",
                code="kubeconfig",
            ) from error
        except (OSError, ValueError) as error:
            raise ClusterError(
                _kubeconfig(module), str(error), "Check the files that the connection options name.", code="kubeconfig"
            ) from error

    def send(self, request: Request) -> t.Any:
        """The decoded answer. Retries what may be retried, raises a ClusterError otherwise."""
        url = f"{self.host}{request.path}{'?' + urlencode(request.query) if request.query else ''}"
        body = None if request.body is None else json.dumps(request.body, separators=(",", ":")).encode()
        attempt = 1
        while True:
            try:
                return self._exchange(request, url, body)
            except _RetryError as retry:
                if not request.repeatable and retry.unclear:
                    failure = retry.failure
                    raise UnclearError(failure.subject, failure.reason, failure.remedy, code=failure.code) from retry
                if attempt >= (ATTEMPTS if self._answered else FIRST_CONTACT_ATTEMPTS):
                    raise retry.failure from retry.__cause__
                self.sleep(retry.pause if retry.pause is not None else _pause(attempt))
                attempt += 1

    def _exchange(self, request: Request, url: str, body: bytes | None) -> t.Any:
        try:
            answer = self._pool.request(
                request.method,
                url,
                body=body,
                headers=self._headers(request.content_type),
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
                enforce_content_length=True,
            )
            if answer.status < 300:
                kind = answer.headers.get("Content-Type", "")
                if not kind.startswith("application/json"):
                    raise not_kubernetes(request.verb, request.subject, self.host, kind)
                self._answered = True
                self._remember_warnings(answer.headers)
                return json.loads(answer.data)
        except (urllib3.exceptions.HTTPError, json.JSONDecodeError) as error:
            failure = unreachable(request.verb, request.subject, self.host, error)
            if isinstance(error, urllib3.exceptions.SSLError):
                raise failure from error
            raise _RetryError(failure) from error
        failure = error_from_status(request.verb, request.subject, answer.status, answer.data, secrets=request.secrets)
        if answer.status not in TRANSIENT:
            raise failure
        self._answered = True
        # 429 is a refusal before anything was looked at, so even a create may be sent again.
        raise _RetryError(failure, pause=_retry_after(answer.headers), unclear=answer.status != 429)

    def _headers(self, content_type: str) -> t.Any:
        headers = urllib3.HTTPHeaderDict({"Accept": "application/json", "Content-Type": content_type, "User-Agent": "pimesh.linkerd"})
        with self._auth_lock:  # a refresh hook rewrites the configuration
            for setting in self._configuration.auth_settings().values():
                headers[setting["key"]] = setting["value"]
            if "authorization" not in headers and self._configuration.username:
                headers["authorization"] = self._configuration.get_basic_auth_token()
        for name, value in self._extra_headers.items():
            for item in value if isinstance(value, list) else [value]:
                headers.add(name, item)
        return headers

    def _remember_warnings(self, headers: t.Any) -> None:
        for warning in headers.getlist("Warning"):
            text = warning.partition('"')[2].rpartition('"')[0]
            self.warnings[text or warning] = None


def _configure(auth: dict[str, t.Any]) -> t.Any:
    configuration = _create_configuration(auth)
    if auth.get("api_key"):
        configuration.refresh_api_key_hook = None  # it would bring the kubeconfig's token back
    return configuration


def _kubeconfig(module: AnsibleModule) -> str:
    """Which one is meant, where it is a file."""
    given = module.params.get("kubeconfig") or os.environ.get("K8S_AUTH_KUBECONFIG") or os.environ.get("KUBECONFIG")
    return f"kubeconfig {given}" if isinstance(given, str) else "kubeconfig"


class _RetryError(Exception):
    """Not an answer yet. C(unclear) means that a write may have happened all the same."""

    def __init__(self, failure: ClusterError, *, pause: float | None = None, unclear: bool = True) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.pause = pause
        self.unclear = unclear


def _pause(attempt: int) -> float:
    jitter = random.uniform(0.5, 1.0)  # noqa: S311  spreads retries, guards nothing
    return jitter * min(LONGEST_PAUSE, PAUSE * 2.0 ** (attempt - 1))


def _retry_after(headers: t.Any) -> float | None:
    value = str(headers.get("Retry-After", ""))
    return min(LONGEST_RETRY_AFTER, float(value)) if value.isdigit() else None
