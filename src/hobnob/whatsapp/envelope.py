"""Whose updates are in a webhook: cuts one body into slices per WhatsApp account and number, touching as little as possible.

Most bodies have one owner and pass through unchanged; a mixed batch is cut, each change kept byte for byte as it came.
"""

from __future__ import annotations

import json

import msgspec
from msgspec import Raw, Struct


class MalformedWebhook(ValueError):
    """The body is not a webhook of a WhatsApp business account: not JSON, or without the envelope."""


class OwnerSlice(Struct, frozen=True):
    """The part of a webhook that belongs to one owner. ``body`` is again a complete webhook."""

    waba_id: str
    phone_number_id: str | None
    body: bytes


class _OwnMetadata(Struct):
    phone_number_id: str | int | None = None


class _OwnValue(Struct):
    metadata: _OwnMetadata | None = None


class _OwnChange(Struct):
    value: _OwnValue | None = None


class _OwnEntry(Struct):
    id: str | int = ""
    changes: list[_OwnChange] = []


class _Own(Struct):
    entry: list[_OwnEntry]


class _CutEntry(Struct):
    id: str | int = ""
    time: int | float | str | None = None
    changes: list[Raw] = []


class _Cut(Struct):
    object: str = "whatsapp_business_account"
    entry: list[_CutEntry] = []


class _OutEntry(Struct, omit_defaults=True):
    id: str
    changes: list[Raw]
    time: int | float | str | None = None


class _Out(Struct):
    object: str
    entry: list[_OutEntry]


_own_decoder = msgspec.json.Decoder(_Own)
_cut_decoder = msgspec.json.Decoder(_Cut)
_change_decoder = msgspec.json.Decoder(_OwnChange)
_encoder = msgspec.json.Encoder()

_Owner = tuple[str, str | None]


def split_by_owner(body: bytes) -> list[OwnerSlice]:
    """The slices of a webhook, one per (account, number), in the order they first appear.

    Raises MalformedWebhook when the envelope cannot be read; a strange value inside it only loses its number.
    """
    try:
        own = _own_decoder.decode(body)
    except msgspec.ValidationError:
        return _split(body)
    except msgspec.DecodeError:
        return split_by_owner(mended(body))
    except RecursionError as error:
        raise MalformedWebhook(f"not JSON: {error}") from None
    owners = {(str(entry.id), _number_of(change)) for entry in own.entry for change in entry.changes}
    if len(owners) == 1:
        waba_id, phone_number_id = owners.pop()
        return [OwnerSlice(waba_id, phone_number_id, body)]
    return _split(body)


def mended(body: bytes) -> bytes:
    """The same JSON without halves of surrogate pairs, which strict decoders refuse. Raises MalformedWebhook if that does not help."""
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        raise MalformedWebhook(f"not JSON: {error}") from None
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    if whole == body:
        raise MalformedWebhook("not JSON that can be read")
    return whole


def _number_of(change: _OwnChange) -> str | None:
    if change.value is None or change.value.metadata is None:
        return None
    number = change.value.metadata.phone_number_id
    return None if number is None else str(number)


def _split(body: bytes) -> list[OwnerSlice]:
    """The slow way, for mixed batches and odd shapes: every change is cut out raw and looked at alone."""
    try:
        cut = _cut_decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise MalformedWebhook(f"no webhook envelope: {error}") from None
    slices: dict[_Owner, list[_OutEntry]] = {}
    for entry in cut.entry:
        by_owner: dict[_Owner, _OutEntry] = {}
        for raw in entry.changes:
            owner = (str(entry.id), _number_in(raw))
            out = by_owner.get(owner)
            if out is None:
                out = by_owner[owner] = _OutEntry(owner[0], [], entry.time)
                slices.setdefault(owner, []).append(out)
            out.changes.append(raw)
    return [
        OwnerSlice(waba_id, number, _encoder.encode(_Out(cut.object, entries)))
        for (waba_id, number), entries in slices.items()
    ]


def _number_in(change: Raw) -> str | None:
    try:
        return _number_of(_change_decoder.decode(change))
    except (msgspec.ValidationError, RecursionError):
        return None
