"""Codes that begin with ``source.``."""

CODES: dict[str, str] = {
    "source.unreachable": """\
The place where inputs arrive can't be listed or read: the folder isn't there or isn't mounted, the
bucket doesn't exist, the network or the credentials fail. Nothing is lost: what stands there is
found as soon as the place can be reached again. Credentials come from the cloud's own default
chain; `AWS_ENDPOINT_URL` and its like are obeyed.
""",
}
