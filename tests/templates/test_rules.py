"""Reading templates and filling them in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hobnob.kernel.errors import InvalidInput
from hobnob.templates import rules
from hobnob.templates.errors import TemplateNotSupported
from hobnob.templates.types import HeaderFile, TemplateView, Values
from hobnob.whatsapp.messages import message_body

ORDER: list[Any] = [
    {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["A-17"]}},
    {
        "type": "BODY",
        "text": "Hi {{1}}, your order {{2}} is ready. See you, {{1}}!",
        "example": {"body_text": [["Ana", "A-17"]]},
    },
    {"type": "FOOTER", "text": "Reply STOP to opt out"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Thanks"},
            {
                "type": "URL",
                "text": "Track",
                "url": "https://shop.example/t/{{1}}",
                "example": ["https://shop.example/t/9"],
            },
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+4420000000"},
            {"type": "COPY_CODE", "example": "25OFF"},
        ],
    },
]


def template(components: list[Any], **changes: Any) -> TemplateView:
    header = rules.component(components, "HEADER") or {}
    values: dict[str, Any] = {
        "id": uuid4(),
        "name": "order_ready",
        "language": "en_US",
        "category": "utility",
        "status": "approved",
        "quality": None,
        "rejected_reason": None,
        "parameter_format": "POSITIONAL",
        "components": components,
        "header_format": header.get("format"),
        "header": header.get("text"),
        "body": (rules.component(components, "BODY") or {}).get("text") or "",
        "footer": (rules.component(components, "FOOTER") or {}).get("text"),
        "buttons": rules.buttons_of(components),
        "parameters": rules.variables_of(components),
        "synced_at": datetime.now(UTC),
    }
    return TemplateView(**{**values, **changes})


def test_reads_every_variable_with_its_example() -> None:
    found = rules.variables_of(ORDER)
    assert [(one.name, one.example) for one in found.header] == [("1", "A-17")]
    assert [(one.name, one.example) for one in found.body] == [("1", "Ana"), ("2", "A-17")]
    assert [(one.index, one.name, one.example) for one in found.buttons] == [
        (1, "1", "https://shop.example/t/9"),
        (3, "code", "25OFF"),
    ]


def test_fills_what_the_customer_sees_and_what_whatsapp_wants() -> None:
    filled = rules.fill(template(ORDER), Values(["A-17"], ["Ana", "A-17"], {1: "99", 3: "SAVE10"}), None)
    assert filled.header == "Order A-17"
    assert filled.body == "Hi Ana, your order A-17 is ready. See you, Ana!"
    assert filled.buttons[1].url == "https://shop.example/t/99"
    body = message_body(filled.out, to="+14155550123")["template"]
    assert body["language"] == {"code": "en_US"}
    assert body["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "A-17"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "A-17"}]},
        {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "99"}]},
        {
            "type": "button",
            "sub_type": "copy_code",
            "index": "3",
            "parameters": [{"type": "coupon_code", "coupon_code": "SAVE10"}],
        },
    ]


def test_named_variables_go_by_name() -> None:
    components = [
        {
            "type": "BODY",
            "text": "Dear {{first_name}}, {{ shop }} thanks you, {{first_name}}.",
            "example": {
                "body_text_named_params": [
                    {"param_name": "shop", "example": "Amber"},
                    {"param_name": "first_name", "example": "Ana"},
                ]
            },
        }
    ]
    found = template(components, parameter_format="NAMED")
    assert [(one.name, one.example) for one in found.parameters.body] == [("first_name", "Ana"), ("shop", "Amber")]
    filled = rules.fill(found, Values([], ["Bo", "Tea House"]), None)
    assert filled.body == "Dear Bo, Tea House thanks you, Bo."
    parameters = message_body(filled.out, to="+1415")["template"]["components"][0]["parameters"]
    assert parameters[0] == {"type": "text", "text": "Bo", "parameter_name": "first_name"}


def test_numbered_variables_stand_in_the_order_of_their_numbers() -> None:
    assert rules.variables_in("{{2}} then {{10}} then {{1}}") == ["1", "2", "10"]


@pytest.mark.parametrize(
    ("values", "part"),
    [
        (Values([], ["Ana", "A-17"], {1: "9", 3: "X"}), "header"),
        (Values(["A"], ["Ana"], {1: "9", 3: "X"}), "body"),
        (Values(["A"], ["Ana", "A-17", "more"], {1: "9", 3: "X"}), "body"),
        (Values(["A"], ["Ana", "  "], {1: "9", 3: "X"}), "body"),
        (Values(["A"], ["Ana", "two\nlines"], {1: "9", 3: "X"}), "body"),
        (Values(["A"], ["Ana", "A-17"], {3: "X"}), "buttons"),
        (Values(["A"], ["Ana", "A-17"], {1: "9", 3: "X" * 16}), "buttons"),
        (Values(["A"], ["Ana", "A-17"], {1: "9", 2: "9", 3: "X"}), "buttons"),
        (Values(["A"], ["Ana", "A-17"], {1: "9", 3: "X", 7: "y"}), "buttons"),
    ],
)
def test_values_that_do_not_fit_are_named(values: Values, part: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.fill(template(ORDER), values, None)
    assert caught.value.fields[0][0] == f"parameters.{part}"


def test_a_header_file_must_be_of_the_right_kind() -> None:
    components = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look"}]
    with pytest.raises(InvalidInput, match="picture"):
        rules.fill(template(components), Values(), None)
    with pytest.raises(InvalidInput, match="not a video"):
        rules.fill(template(components), Values(), HeaderFile("video", "a.mp4"))
    filled = rules.fill(template(components), Values(), HeaderFile("image", "a.png"))
    header = message_body(filled.out, to="+1415")["template"]["components"][0]
    assert header == {"type": "header", "parameters": [{"type": "image", "image": {"id": ""}}]}


def test_a_code_is_typed_once() -> None:
    components = [
        {"type": "BODY", "text": "*{{1}}* is your code.", "add_security_recommendation": True},
        {
            "type": "BUTTONS",
            "buttons": [{"type": "URL", "text": "Copy code", "url": "https://w.example/otp?code=otp{{1}}"}],
        },
    ]
    filled = rules.fill(template(components, category="authentication"), Values([], ["482913"]), None)
    components_sent = message_body(filled.out, to="+1415")["template"]["components"]
    assert components_sent[1] == {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": "482913"}],
    }


@pytest.mark.parametrize(
    "components",
    [
        [{"type": "BODY", "text": "x"}, {"type": "carousel", "cards": []}],
        [{"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "x"}],
    ],
)
def test_what_cannot_be_filled_in_here_is_said(components: list[Any]) -> None:
    with pytest.raises(TemplateNotSupported):
        rules.fill(template(components), Values(), None)


@given(
    st.lists(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20), min_size=1, max_size=8)
)
def test_values_are_never_read_as_variables(values: list[str]) -> None:
    text = " and ".join(f"{{{{{n}}}}}" for n in range(1, len(values) + 1))
    tricky = [f"{value}{{{{1}}}}" for value in values]
    filled = rules.fill(template([{"type": "BODY", "text": text}]), Values([], tricky), None)
    assert filled.body == " and ".join(tricky)
