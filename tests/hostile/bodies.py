"""Bodies that attack, for any endpoint that reads one. Add to `BODIES`."""

UNKNOWN = b"5f6b6183-94bd-4d28-9ba4-ef4055c69726"
MEGABYTE = 1_000_000
_NAMES = b"{" + b",".join(b'"%d":1' % n for n in range(180_000)) + b"}"
_LINE = b'{"name":"n","level":20,"message":"m","timestamp":0},'


def _deep(opening: bytes, closing: bytes, levels: int) -> bytes:
    return opening * levels + b"1" + closing * levels


# Small ones, sent to every endpoint.
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half": b'{"a":',
    "deep lists": _deep(b"[", b"]", 5_000),
    "deep objects": _deep(b'{"a":', b"}", 5_000),
    "deep in a known field": b'{"parameters":' + _deep(b"[", b"]", 5_000) + b"}",
    "unclosed": b"[" * 20_000,
    "NaN": b'{"parameters": {"x": NaN}, "limit": NaN}',
    "infinite": b'{"parameters": {"x": 1e999}, "limit": 1e400}',
    "long number": b'{"limit": ' + b"9" * 5_000 + b"}",
    "NUL": b'{"name": "\\u0000", "key": "\\u0000"}',
    "surrogates": b'{"name": "\\ud800", "key": "\\udfff"}',
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "a scalar": b"1e308",
    "repeated keys": b'{"name":"a",' * 1 + b'"name":"a",' * 2_000 + b'"name":"b"}',
}

# Large ones, sent to endpoints that take free JSON: (address, body, status).
LARGE: dict[str, tuple[str, bytes, int]] = {
    f"{name} at {address}": (address, b'{"flow_id":"' + UNKNOWN + b'","%s":' % field + value + b"}", status)
    for address, field in (
        ("/flow_runs/", b"parameters"),
        ("/flow_runs/", b"context"),
        ("/flow_runs/", b"x"),
    )
    for name, value, status in (
        (f"lists in {field.decode()}", b'{"a":[' + b"[]," * 600_000 + b"[]]}", 422),
        (f"nested lists in {field.decode()}", b'{"a":[' + (b"[" * 150 + b"]" * 150 + b",") * 6_000 + b"[]]}", 422),
        (f"objects in {field.decode()}", b'{"a":[' + b"{}," * 600_000 + b"{}]}", 422),
        (f"more than two megabytes in {field.decode()}", b'{"a":"' + b"x" * 2_200_000 + b'"}', 413),
        (f"two hundred levels in {field.decode()}", _deep(b'{"a":', b"}", 250), 422),
    )
}
LARGE |= {
    "numbers in parameters": (
        "/flow_runs/", b'{"flow_id":"' + UNKNOWN + b'","parameters":{"a":[' + b"1," * 1_000_000 + b"1]}}", 422),
    "names in parameters": ("/flow_runs/", b'{"flow_id":"' + UNKNOWN + b'","parameters":' + _NAMES + b"}", 422),
    "unknown names": ("/flow_runs/", _NAMES, 422),
    "backslashes": ("/flow_runs/", b'{"name":"' + b"\\\\" * MEGABYTE + b"u0000" + b'"}', 422),
    "digits": ("/flow_runs/", b'{"x":[' + (b"1" * 199 + b",") * 10_000 + b"1]}", 422),
    "exponents": ("/flow_runs/", b'{"x":"' + b"eeE+E+e99" * 200_000 + b'"}', 422),
    "brackets in strings": ("/flow_runs/", b'{"x":[' + b'"[",' * 199_000 + b'""]}', 422),
    "strings": ("/flow_runs/", b'{"x":[' + b'"",' * 600_000 + b'""]}', 422),
    "many log lines": ("/logs/", b"[" + _LINE * 60_000 + b"1]", 422),
    "log lines of nothing": ("/logs/", b"[" + b"{}," * 1_600_000 + b"{}]", 422),
    "log lines of brackets": ("/logs/", b"[" + b'"[",' * 1_200_000 + b"1]", 422),
    "log lines of lists": ("/logs/", b"[" * 5_000_000, 422),
    "log lines with numbers": ("/logs/", b'[{"level":' + b"1" * 4_000_000 + b"}]", 422),
    "too many bytes of log lines": ("/logs/", b"[" + b" " * 5_300_000 + b"]", 413),
    "many tags": ("/flows/", b'{"name":"x","tags":[' + b'"a",' * 400_000 + b'"a"]}', 413),
    "many labels": ("/flows/", b'{"name":"x","labels":' + _NAMES + b"}", 413),
    "a state of lists": (f"/flow_runs/{UNKNOWN.decode()}/set_state",
                         b'{"state":{"type":"RUNNING","data":[' + b"[]," * 600_000 + b"[]]}}", 422),
    "a long value": ("/variables/", b'{"name":"x","value":"' + b"x" * MEGABYTE + b'"}', 413),
    "a value of lists": ("/variables/", b'{"name":"x","value":[' + b"[]," * 600_000 + b"[]]}", 413),
    "a value of nested lists": ("/variables/", b'{"name":"x","value":' + _deep(b"[", b"]", 10_000) + b"}", 422),
    "a value of objects": ("/variables/", b'{"name":"x","value":[' + b"{}," * 25_000 + b"{}]}", 413),
    "tags in few bytes": ("/flows/", b'{"name":"x","tags":[' + b'"a",' * 30_000 + b'"a"]}', 422),
    "a value of digits": ("/variables/", b'{"name":"x","value":' + b"1" * 4_000 + b"}", 422),
    "inputs of lists": (f"/flow_runs/{UNKNOWN.decode()}/resume",
                        b'{"run_input":{"a":[' + b"[]," * 600_000 + b"[]]}}", 422),
}  # fmt: skip
