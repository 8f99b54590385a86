"""What leaves the house is within WhatsApp's limits, and a broken limit names its field."""

from __future__ import annotations

from typing import Any

import pytest

from hobnob.kernel.errors import InvalidInput
from hobnob.whatsapp.messages import (
    ButtonValue,
    HeaderMedia,
    ListRow,
    ListSection,
    NamedValue,
    Outbound,
    OutButtons,
    OutList,
    OutMedia,
    OutReaction,
    OutTemplate,
    OutText,
    ReplyButton,
    message_body,
    read_body,
)


def test_a_quoted_text_with_opaque_data() -> None:
    assert message_body(OutText("hi", preview_url=True), to="+1650", reply_to="wamid.1", opaque="o") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+1650",
        "type": "text",
        "text": {"body": "hi", "preview_url": True},
        "context": {"message_id": "wamid.1"},
        "biz_opaque_callback_data": "o",
    }


def test_a_user_id_only_when_there_is_no_phone() -> None:
    body = message_body(OutText("hi"), user_id="US.1")
    assert body["recipient"] == "US.1" and "to" not in body
    assert "recipient" not in message_body(OutText("hi"), to="1", user_id="US.1")
    with pytest.raises(InvalidInput):
        message_body(OutText("hi"))


def test_a_template_with_everything() -> None:
    content = OutTemplate(
        "order_update",
        "en_US",
        header_media=HeaderMedia("document", "9", "bill.pdf"),
        body=[NamedValue("Ada", "name"), NamedValue("42")],
        buttons=[ButtonValue(0, "42"), ButtonValue(1, "p", "quick_reply"), ButtonValue(2, "25OFF", "copy_code")],
    )
    assert message_body(content, to="1")["template"] == {
        "name": "order_update",
        "language": {"code": "en_US"},
        "components": [
            {
                "type": "header",
                "parameters": [{"type": "document", "document": {"id": "9", "filename": "bill.pdf"}}],
            },
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "Ada", "parameter_name": "name"},
                    {"type": "text", "text": "42"},
                ],
            },
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "42"}]},
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "1",
                "parameters": [{"type": "payload", "payload": "p"}],
            },
            {
                "type": "button",
                "sub_type": "copy_code",
                "index": "2",
                "parameters": [{"type": "coupon_code", "coupon_code": "25OFF"}],
            },
        ],
    }


def rows(count: int) -> list[ListRow]:
    return [ListRow(f"r{at}", f"Row {at}") for at in range(count)]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (OutText("  "), "body"),
        (OutText("x" * 4097), "body"),
        (OutMedia("image", "1", caption="x" * 1025), "caption"),
        (OutMedia("audio", "1", caption="x"), "caption"),
        (OutButtons("b", []), "buttons"),
        (OutButtons("b", [ReplyButton("a", "A")] * 2), "buttons"),
        (OutButtons("b", [ReplyButton("a", "x" * 21)]), "buttons[0].title"),
        (OutButtons("b", [ReplyButton("a", "A")], footer="x" * 61), "footer"),
        (OutButtons("x" * 1025, [ReplyButton("a", "A")]), "body"),
        (OutList("b", "Open", [ListSection(rows(11))]), "sections"),
        (OutList("b", "Open", [ListSection([ListRow("a", "x" * 25)])]), "sections[0].rows[0].title"),
        (OutList("b", "Open", [ListSection(rows(1), "A"), ListSection([ListRow("z", "Z")])]), "sections[1].title"),
        (OutList("b", "x" * 21, [ListSection(rows(1))]), "button"),
        (OutTemplate("t", "en", body=[NamedValue("")]), "parameters.body[0]"),
        (OutTemplate("t", "en", buttons=[ButtonValue(1, "x" * 16, "copy_code")]), "parameters.buttons[1]"),
    ],
)
def test_broken_limits_name_the_field(content: Outbound, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        message_body(content, to="1")
    assert caught.value.fields[0][0] == field


def test_a_reaction_quotes_nothing() -> None:
    assert message_body(OutReaction("wamid.1", ""), to="1")["reaction"] == {"message_id": "wamid.1", "emoji": ""}
    with pytest.raises(InvalidInput):
        message_body(OutReaction("wamid.1", "x"), to="1", reply_to="wamid.2")


def test_reading_and_typing() -> None:
    expected: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": "w"}
    assert read_body("w") == expected
    assert read_body("w", typing=True) == {**expected, "typing_indicator": {"type": "text"}}
