# Copyright: (c) 2026, the pimesh.linkerd contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a certificate as a bar: what is left for its renewal is marked in proportion, so that an hour of a day weighs as much as
a month of two years. The mark of the audit is the script's, because it moves with every audit.

Note that this module util is private to the collection.
"""

from __future__ import annotations

import datetime as dt

from .audit import Certificate
from .html import Html, el
from .words import day, hour, minute, moment, stamp

UNITS = 1000


def lifeline(certificate: Certificate) -> Html:
    """A drawing and, below it, its dates as text."""
    renewal = certificate.renewal
    life = (certificate.not_after - certificate.not_before).total_seconds()
    parts = [el("rect", class_="life", x=0, y=0, width=UNITS, height=10)]
    if renewal is not None:
        begin = round((renewal - certificate.not_before).total_seconds() / life * UNITS)
        parts.append(el("rect", class_="window", x=begin, y=0, width=UNITS - begin, height=10))
    drawing = el(
        "svg",
        *parts,
        viewBox=f"0 -3 {UNITS} 16",
        preserveAspectRatio="none",
        role="img",
        aria_label=_described(certificate),
        data_from=stamp(certificate.not_before),
        data_until=stamp(certificate.not_after),
    )
    return el("div", drawing, el("dl", *_dates(certificate), class_="dates"), class_="timeline")


def _dates(certificate: Certificate) -> list[Html]:
    """With the time of day where a life is a matter of days."""
    shown = day if certificate.not_after - certificate.not_before > dt.timedelta(days=8) else hour
    dates = [("since", certificate.not_before), ("renewed from", certificate.renewal), ("ends", certificate.not_after)]
    return [el("div", el("dt", word), el("dd", moment(date, shown))) for word, date in dates if date is not None]


def _described(certificate: Certificate) -> str:
    renewed = f", renewed from {minute(certificate.renewal)}" if certificate.renewal else ""
    return f"Valid from {minute(certificate.not_before)}{renewed}, until {minute(certificate.not_after)}"
