"""Webhooks are read whole: every type typed, everything unknown kept, one bad update never spoiling the rest."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnob.whatsapp import events, inbound
from hobnob.whatsapp.webhooks import MalformedWebhook, parse, parse_content, split_by_owner


def envelope(*changes: tuple[str, dict[str, Any]], waba: str = "100") -> dict[str, Any]:
    return {"id": waba, "changes": [{"field": name, "value": value} for name, value in changes]}


def body(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": "whatsapp_business_account", "entry": list(entries)}).encode()


def messages(*items: dict[str, Any], number: str = "200", **more: Any) -> tuple[str, dict[str, Any]]:
    metadata = {"display_phone_number": "15550001111", "phone_number_id": number}
    return "messages", {"messaging_product": "whatsapp", "metadata": metadata, "messages": list(items), **more}


def message(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"from": "16505551234", "id": "wamid.1", "timestamp": "1750030073", "type": kind, kind: content, **more}


def only(raw: bytes) -> inbound.Message:
    value = parse(raw)[0].value
    assert isinstance(value, events.MessagesValue)
    assert not value.unreadable
    return value.messages[0]


WORDS = [
    "metadata",
    "phone_number_id",
    "messages",
    "statuses",
    "contacts",
    "id",
    "type",
    "timestamp",
    "text",
    "errors",
    "wa_id",
]
KINDS: list[tuple[str, Any, type[Any]]] = [
    ("text", {"body": "hello"}, inbound.Text),
    ("image", {"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "c", "url": "u"}, inbound.Media),
    ("audio", {"id": "1", "mime_type": "audio/ogg; codecs=opus", "voice": True}, inbound.Media),
    ("video", {"id": "1", "mime_type": "video/mp4"}, inbound.Media),
    ("document", {"id": "1", "filename": "a.pdf"}, inbound.Media),
    ("sticker", {"id": "1", "animated": False}, inbound.Media),
    ("location", {"latitude": 37.44, "longitude": "-122.16", "name": "n"}, inbound.Location),
    ("contacts", [{"name": {"formatted_name": "A"}, "phones": [{"phone": "+1"}]}], inbound.Contacts),
    ("reaction", {"message_id": "wamid.0"}, inbound.Reaction),
    ("interactive", {"type": "button_reply", "button_reply": {"id": "a", "title": "A"}}, inbound.Interactive),
    ("interactive", {"type": "list_reply", "list_reply": {"id": "a", "title": "A"}}, inbound.Interactive),
    ("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": {"a": 1}}}, inbound.Interactive),
    ("button", {"payload": "p", "text": "t"}, inbound.Button),
    ("order", {"catalog_id": "1", "product_items": [{"quantity": 2, "item_price": 30.5}]}, inbound.Order),
    ("system", {"type": "user_changed_number", "wa_id": "1", "body": "b"}, inbound.System),
    ("edit", {"original_message_id": "wamid.0", "message": {"type": "text"}}, inbound.Edit),
    ("revoke", {"original_message_id": "wamid.0"}, inbound.Revoke),
    ("unsupported", {"type": "poll"}, inbound.Unsupported),
]


@pytest.mark.parametrize(("kind", "content", "expected"), KINDS)
def test_every_inbound_type_is_typed(kind: str, content: Any, expected: type[Any]) -> None:
    got = only(body(envelope(messages(message(kind, content)))))
    assert isinstance(got.content, expected)
    assert (got.id, got.from_, got.timestamp_s, got.type) == ("wamid.1", "16505551234", 1750030073, kind)
    assert json.loads(bytes(got.raw)) == message(kind, content)


def test_unknown_types_and_shapes_are_kept_raw() -> None:
    hologram = message("hologram", {"shape": [1, 2]})
    odd_text = message("text", "not an object", timestamp=1750030073)
    for item in (hologram, odd_text):
        got = only(body(envelope(messages(item))))
        assert isinstance(got.content, inbound.Unknown)
        assert got.timestamp_s == 1750030073
        assert json.loads(bytes(got.raw)) == item


def test_one_bad_update_costs_only_itself() -> None:
    good = message("text", {"body": "hi"})
    value = parse(body(envelope(messages(good, {"type": "text"}, good, statuses=[{"id": "x"}]))))[0].value
    assert isinstance(value, events.MessagesValue)
    assert len(value.messages) == 2
    assert [bad.kind for bad in value.unreadable] == ["message", "status"]


def test_an_edit_holds_the_new_message() -> None:
    new = {"context": {"id": "wamid.0"}, "type": "text", "text": {"body": "better"}}
    got = only(body(envelope(messages(message("edit", {"original_message_id": "wamid.0", "message": new})))))
    assert isinstance(got.content, inbound.Edit)
    assert parse_content(got.content.message) == inbound.Text("better")
    assert isinstance(parse_content(inbound.Edit().message), inbound.Unknown)


def test_statuses_and_people_without_a_phone() -> None:
    status = {
        "id": "wamid.9",
        "status": "sent",
        "timestamp": 1750030073,
        "recipient_user_id": "US.1349",
        "biz_opaque_callback_data": "o-1",
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
    }
    contact = {"user_id": "US.1349", "profile": {"name": "Ada", "username": "ada"}}
    name, value = messages(statuses=[status], contacts=[contact])
    got = parse(body(envelope((name, value))))[0].value
    assert isinstance(got, events.MessagesValue)
    assert got.statuses[0].timestamp_s == 1750030073
    assert got.statuses[0].recipient_id is None
    assert got.statuses[0].pricing == events.Pricing(True, "PMP", "regular", "marketing")
    assert got.contacts[0].wa_id is None and got.contacts[0].profile.username == "ada"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "message_template_status_update",
            {"event": "APPROVED", "message_template_id": 1},
            events.TemplateStatusUpdate,
        ),
        ("template_category_update", {"new_category": "MARKETING"}, events.TemplateCategoryUpdate),
        ("phone_number_quality_update", {"event": "FLAGGED"}, events.NumberQualityUpdate),
        ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {}}, events.AccountUpdate),
        ("user_preferences", {"user_preferences": [{"value": "stop", "timestamp": 1}]}, events.UserPreferences),
        ("user_id_update", {"user_id_update": [{"user_id": {"previous": "US.1"}}]}, events.UserIdUpdate),
        ("tracking_events", {"anything": 1}, events.UnknownValue),
        ("account_update", {"event": 7}, events.UnknownValue),
        ("messages", {"metadata": 5}, events.UnknownValue),
    ],
)
def test_other_fields(name: str, value: dict[str, Any], expected: type[Any]) -> None:
    change = parse(body(envelope((name, value))))[0]
    assert type(change.value) is expected
    assert json.loads(bytes(change.raw)) == value


def test_one_owner_passes_unchanged_and_mixed_batches_are_cut() -> None:
    a, b = message("text", {"body": "\u00e4 a"}), message("text", {"body": "b"})
    single = body(envelope(messages(a), messages(b)))
    [own] = split_by_owner(single)
    assert own.body is single and (own.waba_id, own.phone_number_id) == ("100", "200")

    mixed = body(
        envelope(messages(a, number="200"), messages(b, number="201"), ("account_update", {"event": "X"})),
        envelope(messages(a, number="300"), waba="101"),
        {**envelope(messages(b, number="200")), "time": 1750030073},
    )
    slices = {(s.waba_id, s.phone_number_id): parse(s.body) for s in split_by_owner(mixed)}
    assert list(slices) == [("100", "200"), ("100", "201"), ("100", None), ("101", "300")]
    assert len(slices["100", "200"]) == 2
    assert [change.entry_time_s for change in slices["100", "200"]] == [None, 1750030073]
    assert sum(map(len, slices.values())) == 5


def test_strange_values_only_lose_their_number() -> None:
    raw = b'{"object":"x","entry":[{"id":7,"changes":[{"field":"messages","value":3},{"field":"q","value":{"metadata":1}}]}]}'
    [own] = split_by_owner(raw)
    assert (own.waba_id, own.phone_number_id) == ("7", None)


@pytest.mark.parametrize("raw", [b"", b"nope", b"[]", b'{"entry":3}', b'{"object":"x"}', b"\xff\xfe"])
def test_what_is_no_webhook_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedWebhook):
        parse(raw)
    if raw != b'{"object":"x"}':
        with pytest.raises(MalformedWebhook):
            split_by_owner(raw)


def test_half_a_surrogate_pair_is_mended() -> None:
    """An emoji cut in two on its way must not make a whole batch unreadable."""
    raw = body(envelope(messages(message("text", {"body": "cut \ud83d off"}))))
    [own] = split_by_owner(raw)
    assert own.phone_number_id == "200"
    assert only(own.body).content == only(raw).content == inbound.Text("cut \ufffd off")


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_without_end_is_refused(opening: bytes) -> None:
    deep = opening * 100_000
    for raw in (deep, b'{"entry":[{"id":"1","changes":[{"field":"messages","value":' + deep):
        with pytest.raises(MalformedWebhook):
            parse(raw)
        with pytest.raises(MalformedWebhook):
            split_by_owner(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(), inner, max_size=4),
    max_leaves=25,
)


@given(
    field=st.sampled_from(["messages", "user_id_update", "account_update", "x"]),
    value=JSON,
    items=st.lists(JSON, max_size=3),
)
def test_any_json_is_read_or_kept(field: str, value: Any, items: list[Any]) -> None:
    """Whatever stands inside the envelope, nothing raises and every message or status is typed, unknown or set aside."""
    raw = body(envelope((field, value), ("messages", {"metadata": {}, "messages": items, "statuses": items})))
    assert [own.waba_id for own in split_by_owner(raw)] != []
    changes = parse(raw)
    assert len(changes) == 2
    last = changes[1].value
    assert isinstance(last, events.MessagesValue)
    assert len(last.messages) + len(last.statuses) + len(last.unreadable) == 2 * len(items)


def test_a_full_batch_is_fast() -> None:
    items = [message("text", {"body": "x" * 2500}, id=f"wamid.{at}") for at in range(1000)]
    raw = body(envelope(messages(*items)))
    assert len(raw) > 2_500_000
    started = time.perf_counter()
    [own] = split_by_owner(raw)
    value = parse(own.body)[0].value
    assert isinstance(value, events.MessagesValue) and len(value.messages) == 1000
    assert time.perf_counter() - started < 0.5
    assert msgspec.json.decode(value.messages[999].raw)["id"] == "wamid.999"
