"""Codes that begin with ``notifier.``."""

CODES: dict[str, str] = {
    "notifier.refused": """\
The receiver of a notice answered no (a status of 3xx or 4xx), and trying again would give the same.
Redirects aren't followed. The run itself is unaffected: check the address, the secret and the
headers.
""",
    "notifier.unreachable": """\
A notice couldn't be delivered: the receiver didn't answer in time, broke off, or answered 5xx or
429 to every attempt. The run itself is unaffected; the notice is tried again, for a day.
""",
}
