#!/usr/bin/env python3
"""Rebuilds the bytes of submissions from their fields, with nothing but hashlib, as vectors for the C++ tests.

Usage: submission.py [--check] [ROOT]   (ROOT is the top of the source tree; default: two folders up)
       --check writes nothing, and fails when the committed file holds anything but what would be written.

Reads tests/data/submission/inputs.json, writes tests/data/submission/vectors.json. All values are test values. A case
gives the header's fields, the components x and nonces r of each group, and three boxes that stand for sealed bytes.
"""
import hashlib
import json
import sys
from pathlib import Path

FIELDS = ("survey_hash", "control_key", "nonce", "version", "replaces", "token_key", "groups", "boxes")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def little(value, size):
    return value.to_bytes(size, "little")


def core(case, token_hash, ctx_of=None):
    """Every field of the header before the commitments.

    The ctx of group `ctx_of` leaves the attestation hashes out and has zeros for the session ids of the other groups.
    """
    fixed = [bytes.fromhex(case[name]) for name in ("survey_hash", "control_key", "nonce")]
    out = b"mpcstats/v1/header" + b"".join(fixed) + little(case["version"], 4) + bytes.fromhex(case["replaces"])
    out += token_hash + little(len(case["groups"]), 1)
    for g, group in enumerate(case["groups"]):
        out += little(group["source_id"], 1) + little(int(group["column_mask"]), 8) + little(group["bits"], 2)
        out += bytes.fromhex(group["notary_key_id"])
        out += bytes.fromhex(group["notary_session_id"]) if ctx_of in (None, g) else bytes(32)
        out += bytes.fromhex(group["attestation_hash"]) if ctx_of is None else b""
    return out


def commitment(ctx, j, g, group):
    block = b"mpcstats/v1/commit" + little(j, 1) + little(g, 1) + little(group["bits"], 2) + ctx
    x, r = bytes.fromhex(group["x"][j]), bytes.fromhex(group["r"][j])
    assert len(x) == (group["bits"] + 7) // 8 and len(r) == 16
    return sha256(block.ljust(64, b"\0"), x, r)


def vector(case):
    assert set(FIELDS) <= set(case)
    token = bytes.fromhex(case["token_key"])
    token_hash = sha256(b"mpcstats/v1/token", token) if token else bytes(32)
    ctx = [sha256(b"mpcstats/v1/ctx", core(case, token_hash, g)) for g in range(len(case["groups"]))]
    triples = [[commitment(ctx[g], j, g, group) for j in range(3)] for g, group in enumerate(case["groups"])]
    header = core(case, token_hash) + b"".join(c for triple in triples for c in triple)
    ident = sha256(b"mpcstats/v1/sub", header)
    survey = bytes.fromhex(case["survey_hash"])
    return {**case, "expected": {
        "token_hash": token_hash.hex(),
        "ctx": [c.hex() for c in ctx],
        "commitments": [[c.hex() for c in triple] for triple in triples],
        "header": header.hex(),
        "id": ident.hex(),
        "box_infos": [(b"mpcstats/v1/box" + survey + little(i, 1)).hex() for i in range(3)],
        "seal_input": (b"mpcstats/v1/boxes" + ident + b"".join(sha256(bytes.fromhex(b)) for b in case["boxes"])).hex(),
        "invite_input": (b"mpcstats/v1/invite" + ident).hex(),
        "withdraw_input": (b"mpcstats/v1/withdraw" + ident + survey).hex(),
    }}


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    folder = Path(arguments[0] if arguments else Path(__file__).resolve().parents[2]) / "tests/data/submission"
    cases = json.loads((folder / "inputs.json").read_text())
    text = json.dumps([vector(case) for case in cases], indent=1) + "\n"
    target = folder / "vectors.json"
    if "--check" not in sys.argv:
        target.write_text(text)
    elif target.read_text() != text:
        sys.exit(f"{target.name} is not what {Path(__file__).name} writes")


if __name__ == "__main__":
    main()
