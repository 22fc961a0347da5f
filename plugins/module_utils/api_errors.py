# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Kubernetes API's refusals mean, and what to do about them. Pure, no I/O.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import json
import typing as t

from .errors import ClusterError, ConflictError, NotFoundError

_MASK = "********"
_SHORTEST_SECRET = 4
"""Anything shorter is found in ordinary words, and masking it would only garble the message."""

_KINDS: dict[int, tuple[type[ClusterError], str, str]] = {
    400: (ClusterError, "bad_request", "Correct the object; nothing of it was written."),
    401: (
        ClusterError,
        "unauthorized",
        "The credentials are missing, wrong or expired. Check the kubeconfig, the context and the token of this play.",
    ),
    404: (NotFoundError, "not_found", "Check its name and namespace, and that this is the intended cluster and context."),
    405: (ClusterError, "not_allowed", "This kind cannot be used that way; check apiVersion and kind."),
    409: (ConflictError, "conflict", "Somebody else changed it meanwhile. Run the play again."),
    410: (ClusterError, "expired", "Run the play again."),
    413: (ClusterError, "too_large", "The object is larger than the API accepts; make it smaller."),
    422: (ClusterError, "invalid", "Correct the fields named in the reason; nothing of it was written."),
    429: (ClusterError, "overloaded", "The API is busy. Run the play again when it has calmed down."),
    500: (ClusterError, "server_error", "Look at the API server's log (on k3s: journalctl -u k3s) and run the play again."),
    502: (ClusterError, "unavailable", "Something between here and the API failed. Run the play again once it is back."),
    503: (ClusterError, "unavailable", "The API is starting or overloaded. Run the play again once it is back."),
    504: (ClusterError, "timeout", "The API took too long. Run the play again once it is less busy."),
}


def error_from_status(verb: str, subject: str, status: int, body: bytes, *, secrets: t.Iterable[str] = ()) -> ClusterError:
    """The exception for an answer that is not a success."""
    message, reason = _status_of(body)
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            message = message.replace(secret, _MASK)
    if status == 403:
        return _forbidden(verb, subject, message)
    if status == 500 and "failed calling webhook" in message:
        return ClusterError(
            f"{verb} {subject}",
            f"HTTP 500: {message}",
            "Bring the workload behind the named webhook up, then run the play again.",
            code="webhook",
        )
    error, code, remedy = _KINDS.get(status, (ClusterError, "unexpected", "Check that the address is that of a Kubernetes API."))
    text = f"HTTP {status}{f' {reason}' if reason else ''}: {message}" if message else f"HTTP {status} {reason}".rstrip()
    return error(f"{verb} {subject}", text, remedy, code=code)


def _forbidden(verb: str, subject: str, message: str) -> ClusterError:
    # An admission plugin or webhook also answers 403; only the authorizer says "cannot <verb> resource".
    if "cannot " not in message:
        return ClusterError(
            f"{verb} {subject}",
            f"HTTP 403: {message}",
            "An admission rule of the cluster refused it; satisfy or change that rule.",
            code="denied",
        )
    return ClusterError(
        f"{verb} {subject}",
        f"HTTP 403: {message}",
        f"Give the play's user a Role or ClusterRole that allows the verb {verb!r} named in the reason.",
        code="forbidden",
    )


def _status_of(body: bytes) -> tuple[str, str]:
    """(message, reason) of a Status object, or the beginning of whatever else was answered."""
    try:
        status = json.loads(body)
    except ValueError:
        return body[:200].decode("utf-8", "replace").strip(), ""
    if not isinstance(status, dict):
        return "", ""
    return str(status.get("message") or ""), str(status.get("reason") or "")


def unreachable(verb: str, subject: str, host: str, error: Exception) -> ClusterError:
    """The exception for a connection that could not be made or broke."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate" in text.lower():
        return ClusterError(
            f"{verb} {subject}",
            f"TLS with {host} failed: {text}",
            "Use the CA of that cluster (kubeconfig, or ca_cert) and an address its certificate names.",
            code="tls",
        )
    return ClusterError(
        f"{verb} {subject}",
        f"the Kubernetes API at {host} cannot be reached: {text}",
        "Check that the cluster is up and that kubeconfig and context name its address; "
        "a k3s.yaml copied from a node still says 127.0.0.1.",
        code="unreachable",
    )


def not_kubernetes(verb: str, subject: str, host: str, content_type: str) -> ClusterError:
    """The exception for a success that is no JSON: a login page, a router, another web server."""
    return ClusterError(
        f"{verb} {subject}",
        f"{host} answered {content_type or 'something without a type'} instead of JSON",
        "Check that the address is that of a Kubernetes API.",
        code="not_kubernetes",
    )
