"""Lets zonecut write the NS records of a delegation through any provider of lexicon (https://dns-lexicon.readthedocs.io/).

Started by zonecut for `lexicon:PROVIDER`, with the name of the provider as argument; the protocol is described in
docs/providers/exec.md. Credentials are the variables that lexicon itself reads: LEXICON_PROVIDER_OPTION.
"""

import functools
import json
import os
import sys

import lexicon.client
import tldextract
from lexicon.client import Client
from lexicon.config import ConfigResolver

# The list of public suffixes that came with the library is enough: the zone is known.
lexicon.client.tldextract.TLDExtract = functools.partial(tldextract.TLDExtract, suffix_list_urls=())

PROVIDER = sys.argv[1]
CAUTIONS = [
    "lexicon writes records one by one and compares nothing: an edit that somebody else makes at that moment can be lost.",
    "While an NS RRset is replaced, some of its records can be missing for an instant.",
    "lexicon may not show every type of record, so names that the cut would hide can be overlooked: look at the zone yourself.",
    "Many providers of lexicon cannot tell a wrong key from a zone that is not in the account.",
]
# Types that are asked for one by one where a provider lists nothing without a type.
TYPES = ["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "CAA"]
TARGETS = {"NS": 0, "CNAME": 0, "PTR": 0, "MX": 1, "SRV": 3}


class Refusal(Exception):
    """An error that zonecut knows by its code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def provider_for(apex, ttl=None):
    """A provider of lexicon that is logged in to one zone."""
    name = apex.rstrip(".")
    settings = {"provider_name": PROVIDER, "action": "list", "type": "NS", "domain": name, "delegated": name}
    if ttl is not None:
        settings["ttl"] = ttl
    provider = Client(ConfigResolver().with_env().with_dict(settings)).provider
    # The client cuts a name at its public suffix; the zone is the one that was asked for.
    provider.domain = name
    provider.authenticate()
    return provider


def status_of(error):
    """The status of HTTP that an error carries, if it does."""
    return getattr(getattr(error, "response", None), "status_code", None)


def is_absent(error):
    """Whether an error of logging in says that the zone is not there."""
    if status_of(error) is not None:
        return status_of(error) in (404, 422)
    words = str(error).lower()
    return any(part in words for part in ("no domain found", "domain not found", "not exist", "not found", "no zone"))


def refusal_of(error):
    """What an exception of lexicon or of its transport is in the words of the protocol."""
    if isinstance(error, Refusal):
        return error
    status, text = status_of(error), f"{type(error).__name__}: {error}"[:400]
    kind = type(error).__name__
    if status == 401 or kind == "AuthenticationError":
        return Refusal("credentials", text)
    if status == 403:
        return Refusal("rights", text)
    if status == 429:
        return Refusal("throttled", text)
    if status == 404:
        return Refusal("not-found", text)
    if (status or 0) >= 500 or kind in ("ConnectionError", "Timeout", "ReadTimeout", "ConnectTimeout"):
        return Refusal("unavailable", text)
    if kind in ("ProviderNotAvailableError", "AttributeError", "ValueError") or "not defined" in text:
        return Refusal("credentials", text)
    return Refusal("refused", text)


def row_of(record, apex):
    """One record of lexicon as a row; a type that has no such form becomes a row of text."""
    name = record["name"].rstrip(".")
    origin = apex.rstrip(".")
    if name in ("", "@"):
        name = origin
    elif name != origin and not name.endswith("." + origin):
        name = f"{name}.{origin}"
    kind, data = record["type"], str(record["content"])
    if kind == "TXT":
        text = data[1:-1] if data.startswith('"') and data.endswith('"') else data
        pieces = [text[at : at + 255] for at in range(0, len(text), 255)] or [""]
        data = " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)
    elif kind in TARGETS:
        words = data.split()
        priority = (record.get("options") or {}).get(kind.lower(), {}).get("priority")
        if kind == "MX" and len(words) == 1 and priority is not None:
            words = [str(priority), *words]
        if len(words) > TARGETS[kind] and not words[-1].endswith("."):
            words[-1] += "."
        data = " ".join(words)
    return {"owner": name + ".", "type": kind, "ttl": int(record.get("ttl") or 0), "data": data}


def records_of(apex):
    """All records that lexicon shows, asked for at once or, where that does not work, type by type."""
    provider = provider_for(apex)
    try:
        return provider.list_records(None, None, None)
    except (AttributeError, KeyError, TypeError, ValueError):
        return [record for kind in TYPES for record in provider_for(apex).list_records(kind, None, None)]


def hello(_message):
    """Who we are and what can be promised."""
    return {
        "protocol": 1,
        "label": f"lexicon, {PROVIDER}",
        "capabilities": {"types": ["NS"], "visibleWithinMs": 3600000, "cautions": CAUTIONS},
    }


def who_am_i(_message):
    """The names of the variables that are set; lexicon has no call that only proves them."""
    prefix = f"LEXICON_{PROVIDER.upper()}_"
    names = sorted(name for name in os.environ if name.startswith(prefix))
    if not names:
        raise Refusal("credentials", f"no variable {prefix}* is set")
    return {"account": PROVIDER, "source": f"environment ({', '.join(names)})"}


def zones(message):
    """The zone of that apex, if logging in to it works; lexicon has no list of zones."""
    apex = message["apex"]
    if apex is None:
        return {"zones": []}
    try:
        provider_for(apex)
    except Exception as error:
        if is_absent(error):
            return {"zones": []}
        raise
    return {"zones": [{"id": apex, "apex": apex, "nameServers": [], "reference": None}]}


def read(message):
    """Every record that lexicon shows."""
    apex = message["zone"]["apex"]
    return {"rows": [row_of(record, apex) for record in records_of(apex)]}


def change(message):
    """Takes away the records of `from` and adds those of `to`, new ones first, so that a name never has none."""
    apex = message["zone"]["apex"]
    for one in message["changes"]:
        if one["type"] != "NS" or one["owner"] == apex:
            raise Refusal("refused", f"only NS below the apex is written, not {one['owner']} {one['type']}")
    for one in message["changes"]:
        owner, before, after = one["owner"].rstrip("."), one["from"], one["to"]
        old, new = set((before or {}).get("data", [])), set((after or {}).get("data", []))
        if before is not None and after is not None and before["ttl"] != after["ttl"]:
            delete(apex, owner, sorted(old))
            old = set()
        for target in sorted(new - old):
            if not provider_for(apex, after["ttl"]).create_record("NS", owner, target):
                raise Refusal("unavailable", f"lexicon did not create {owner} NS {target}")
        delete(apex, owner, sorted(old - new))
    return {}


def delete(apex, owner, targets):
    """Deletes NS records by name and content."""
    for target in targets:
        if not provider_for(apex).delete_record(None, "NS", owner, target):
            raise Refusal("unavailable", f"lexicon did not delete {owner} NS {target}")


CALLS = {"hello": hello, "whoAmI": who_am_i, "zones": zones, "read": read, "change": change}


def main():
    """One answer for each line, in their order; the program ends when its input does."""
    # What lexicon and its libraries print must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        message = json.loads(line)
        try:
            call = CALLS.get(message["call"])
            if call is None:
                raise Refusal("unsupported", f"{message['call']} is not known here")
            answer = {"result": call(message)}
        except Exception as error:
            refusal = refusal_of(error)
            answer = {"error": {"code": refusal.code, "message": str(refusal)}}
        answers.write(json.dumps({"id": message["id"], **answer}) + "\n")
        answers.flush()


main()
