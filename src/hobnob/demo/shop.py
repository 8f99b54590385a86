"""The shop: its people, its number, its templates."""

from __future__ import annotations

from typing import Any

from .story import Agent, Customer

BRAND = "Marigold & Thread"
DOMAIN = "marigold.example"
PHONE = "+12125550187"
TIME_ZONE = "America/New_York"
PIN = "204816"
OPENED_DAYS_AGO = 16
WELCOME_CREDIT_MICROS = 5_000_000
# Days ago and how much: the first pays the plan's first period.
TOP_UPS = ((16, 60_000_000), (5, 15_000_000))
# What its flows did: days ago, how many steps.
STEPS = ((9, 120_000), (6, 150_000), (3, 160_000))
# Custom flows by the days ago on which they were published and taken down again.
FLOWS: tuple[tuple[int, int | None], ...] = ((9, None), (6, 3))

MAYA = Agent("maya", "Maya Okafor", "owner")
LIAM = Agent("liam", "Liam Byrne", "admin")
SOFIA = Agent("sofia", "Sofía Marín", "agent")
KENJI = Agent("kenji", "Kenji Watanabe", "agent")
TEAM = (MAYA, LIAM, SOFIA, KENJI)

PRIYA = Customer("+919810012345", "Priya Raman")
LAYLA = Customer("+971501234567", "ليلى المنصوري")
TOM = Customer("+14155550132", "Tom Alvarez")
ANNELIESE = Customer("+4915155501234", "Anneliese Wolfeschlegelsteinhausenbergerdorff-Schmidt")
JOAO = Customer("+5511987650012", "João Pedro 🌻")
AMINA = Customer("+2348031234567", "Amina Bello")
YUKI = Customer("+818012345678", "佐藤ゆき")
CARMEN = Customer("+34600555014", "Carmen Ruiz")
OMAR = Customer("+201001234567", "عمر حسن")
GRACE = Customer("+254712345678", "Grace Wanjiru ✨")
NOAH = Customer("+16475550164", "Noah Tremblay", username="noah.t")
CHLOE = Customer("+33612345678", "Chloé Lefèvre")
MATTEO = Customer("+393331234567", "Matteo Conti")
LUCIA = Customer("+525512345678", "Lucía Hernández")
THABO = Customer("+27821234567", "Thabo Nkosi")
DEWI = Customer("+628121234567", "Dewi Lestari 🧵🪡")
RUBY = Customer("+61491570156", "Ruby Hughes")
SIOBHAN = Customer("+353851234567", "Siobhán O'Sullivan")
DAAN = Customer("+31612345678", "Daan de Vries")
ELIF = Customer("+905321234567", "Elif Yılmaz")
ISABELA = Customer("+5521998760034", "Isabela Nunes")
ARJUN = Customer("+919820054321", "अर्जुन मेहता")
MEI = Customer("+6591234567", "Mei Lin Tan")
JACK = Customer("+12125550123", "Jack Whitfield", on_whatsapp=False)
PILAR = Customer("+34611555027", "Pilar Gómez de la Serna")
FATIMA = Customer("+966501234567", "فاطمة الزهراني 🌙")


def body(text: str, *examples: str) -> dict[str, Any]:
    component: dict[str, Any] = {"type": "BODY", "text": text}
    if examples:
        component["example"] = {"body_text": [list(examples)]}
    return component


def quick(*labels: str) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": label} for label in labels]}


TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "name": "order_shipped",
        "language": "en",
        "category": "UTILITY",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Your order is on its way"},
            body(
                "Hello {{1}}, order {{2}} left our workshop today and should reach you by {{3}}. Reply here if anything is not right.",
                "Priya",
                "MT-2041",
                "Friday",
            ),
            {"type": "FOOTER", "text": "Marigold & Thread"},
        ],
    },
    {
        "name": "autumn_weaves",
        "language": "en",
        "category": "MARKETING",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "New: the autumn weaves"},
            body(
                "Hi {{1}}, our hand-loomed throws in saffron, rust and ink are here. As a friend of the shop you get {{2}} off until Sunday.",
                "Carmen",
                "15%",
            ),
            {"type": "FOOTER", "text": "Reply STOP to opt out"},
            quick("Show me", "Not now"),
        ],
    },
    {
        "name": "back_in_stock",
        "language": "en",
        "category": "MARKETING",
        "components": [
            body("Good news {{1}}: {{2}} is back in stock. Shall we keep one for you?", "Tom", "the Indigo bedspread"),
            quick("Yes please", "No thanks"),
        ],
    },
    {
        "name": "pedido_enviado",
        "language": "es",
        "category": "UTILITY",
        "components": [
            body(
                "Hola {{1}}, tu pedido {{2}} salió hoy de nuestro taller y debería llegarte el {{3}}. Escríbenos si algo no va bien.",
                "Carmen",
                "MT-2043",
                "viernes",
            )
        ],
    },
    {
        "name": "care_guide",
        "language": "en",
        "category": "UTILITY",
        "components": [
            body(
                "Hi {{1}}, you asked how to wash your {{2}}: cold, by hand, dried flat in the shade. We are here if you need more help.",
                "Mei",
                "block-print quilt",
            )
        ],
    },
)
CATEGORIES: dict[str, str] = {template["name"]: template["category"].lower() for template in TEMPLATES}
