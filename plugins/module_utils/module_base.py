# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of the collection does the same way: connect, run, and report a failure.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import contextlib
import gc
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from .apply_plan import IncompleteError
from .cluster import Cluster
from .errors import L5dError, ManagedError

Main = t.Callable[[AnsibleModule, Cluster], dict[str, t.Any]]
"""The module proper: what it returns is the module's result."""


class QuietModule(AnsibleModule):
    """Writes no line about its options into the system's log: objects and chart values may be secrets."""

    def __init__(self, **options: t.Any) -> None:
        AnsibleModule.__init__(self, **options)

    def _log_invocation(self) -> None:
        pass


def run(main: Main, options: t.Mapping[str, t.Any], **constraints: t.Any) -> t.NoReturn:
    """Connect with the shared options, call the module proper, exit with its result or with one clear failure.

    C(options) is the module's own argument spec; C(constraints) are AnsibleModule's, such as required_if.
    """
    module = QuietModule(argument_spec={**AUTH_ARG_SPEC, **options}, supports_check_mode=True, **constraints)
    try:
        with _no_collector():
            cluster = Cluster.connect(module)
            result = main(module, cluster)
    except L5dError as error:
        module.fail_json(msg=str(error), failure=described(error))
    for warning in cluster.warnings:
        module.warn(f"Kubernetes API: {warning}")
    module.exit_json(**result)


def run_offline(main: t.Callable[[AnsibleModule], dict[str, t.Any]], options: t.Mapping[str, t.Any], **constraints: t.Any) -> t.NoReturn:
    """The same for a module that needs no cluster."""
    module = QuietModule(argument_spec=dict(options), supports_check_mode=True, **constraints)
    try:
        result = main(module)
    except L5dError as error:
        module.fail_json(msg=str(error), failure=described(error))
    module.exit_json(**result)


@contextlib.contextmanager
def _no_collector() -> t.Iterator[None]:
    """Objects from the API make no cycles; looking for some takes a third of the time of planning 10,000 routes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def described(error: L5dError) -> dict[str, t.Any]:
    failure: dict[str, t.Any] = {
        "code": error.code,
        "subject": error.subject,
        "reason": error.reason,
        "remedy": error.remedy,
    }
    if isinstance(error, IncompleteError):
        failure["done"] = [step.to_dict() for step in error.done]
    if isinstance(error, ManagedError):
        failure["handover"] = error.handover
    return failure
