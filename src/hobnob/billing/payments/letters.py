"""What alerts say by e-mail, in the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal

from hobnob.billing.rating import zone_of
from hobnob.kernel.money import decimal_text

from .types import AlertKind

_TEXTS: Mapping[str, Mapping[AlertKind, tuple[str, str]]] = {
    "en": {
        "low_balance": (
            "Your credit is down to {available}",
            (
                "What is available for conversations is {available}. You asked to be told at {threshold}.\n\n"
                "Without credit, messages that may open a conversation are refused. Receiving never stops."
            ),
        ),
        "month_spend": (
            "This month has cost {spent}",
            "This month has cost {spent} so far. You asked to be told at {threshold}.",
        ),
        "credit_expiring": (
            "Credit of {remaining} expires on {expires_at}",
            "Of a credit of {amount}, {remaining} is left and expires on {expires_at}. It is spent before credit that lasts longer.",
        ),
        "fair_use": (
            "You have used {used} of the {included} {things} your plan includes",
            (
                "Your plan includes {included} {things} a month, and {used} are used. Nothing stops: each one beyond is charged as"
                " your plan says."
            ),
        ),
        "auto_top_up_declined": (
            "An automatic top-up did not go through",
            "The card was not charged: {reason}\n\nIt is tried again after {again_at}. You can top up yourself, or use another card.",
        ),
        "auto_top_up_off": (
            "Automatic top-up is off: the card was declined {failures} times",
            "The last time: {reason}\n\nCheck the card and switch automatic top-up on again.",
        ),
        "auto_top_up_capped": (
            "Automatic top-up has reached its limit of the month",
            "It has bought as much as {cap} a month allows, and waits for the next month. You can raise the limit or top up yourself.",
        ),
        "auto_top_up_burst": (
            "Automatic top-up is pausing: {count} times in {minutes} minutes",
            "It bought credit {count} times within {minutes} minutes. That is unusual, so it waits for an hour. Look at what is being spent.",
        ),
        "chargeback": (
            "A card payment of {amount} was taken back by the bank",
            (
                "The holder of the card disputes a top-up (reason given: {reason}). What was left of its credit is gone, and what was"
                " spent of it is owed. Automatic top-up is frozen until the bank has decided."
            ),
        ),
    },
    "es": {
        "low_balance": (
            "Te quedan {available} de saldo",
            (
                "Para conversaciones quedan {available}. Pediste que se te avisara al llegar a {threshold}.\n\n"
                "Sin saldo no salen los mensajes que pueden abrir una conversación. Recibir no se detiene nunca."
            ),
        ),
        "month_spend": (
            "Este mes ha costado {spent}",
            "Este mes ha costado {spent} hasta ahora. Pediste que se te avisara al llegar a {threshold}.",
        ),
        "credit_expiring": (
            "Un saldo de {remaining} caduca el {expires_at}",
            "De un saldo de {amount} quedan {remaining}, que caducan el {expires_at}. Se gasta antes que el que dura más.",
        ),
        "fair_use": (
            "Has usado {used} {things} de {included} que incluye tu plan",
            (
                "Tu plan incluye {included} {things} al mes y has usado {used}. Nada se detiene: lo que pase de ahí se cobra como dice"
                " tu plan."
            ),
        ),
        "auto_top_up_declined": (
            "Una recarga automática no se ha podido cobrar",
            "No se ha cobrado en la tarjeta: {reason}\n\nSe volverá a intentar después del {again_at}. Puedes recargar tú o usar otra tarjeta.",
        ),
        "auto_top_up_off": (
            "La recarga automática está desactivada: la tarjeta se ha rechazado {failures} veces",
            "La última vez: {reason}\n\nRevisa la tarjeta y vuelve a activar la recarga automática.",
        ),
        "auto_top_up_capped": (
            "La recarga automática ha llegado a su límite del mes",
            "Ha comprado todo lo que permiten {cap} al mes y espera al mes siguiente. Puedes subir el límite o recargar tú.",
        ),
        "auto_top_up_burst": (
            "La recarga automática hace una pausa: {count} veces en {minutes} minutos",
            "Ha comprado saldo {count} veces en {minutes} minutos. No es habitual, así que espera una hora. Mira en qué se gasta.",
        ),
        "chargeback": (
            "El banco ha devuelto un pago con tarjeta de {amount}",
            (
                "El titular de la tarjeta reclama una recarga (motivo: {reason}). Lo que quedaba de ese saldo se ha retirado y lo gastado"
                " se debe. La recarga automática queda congelada hasta que el banco decida."
            ),
        ),
    },
}
_THINGS = {
    "en": {"conversation": "conversations", "step": "steps"},
    "es": {"conversation": "conversaciones", "step": "pasos"},
}
_SIGNED = {"en": "{name}, on Hobnob", "es": "{name}, en Hobnob"}


def letter(kind: AlertKind, payload: Mapping[str, Any], locale: str, name: str, time_zone: str) -> tuple[str, str]:
    """Subject and body. ``payload`` is the alert's: ``*_micros`` amounts of ``currency``, moments as ISO texts."""
    first = locale.partition("-")[0]
    language = first if first in _TEXTS else "en"
    subject, body = _TEXTS[language][kind]
    words = {**_words(payload, language, time_zone), "name": name}
    return subject.format(**words), f"{body}\n\n{_SIGNED[language]}\n".format(**words)


def _words(payload: Mapping[str, Any], language: str, time_zone: str) -> dict[str, str]:
    words = {}
    for key, value in payload.items():
        if key.endswith("_micros"):
            words[key.removesuffix("_micros")] = _amount(value, str(payload.get("currency", "")), language)
        elif key.endswith("_count"):
            words[key.removesuffix("_count")] = format_decimal(value, locale=language)
        elif key == "meter":
            words["things"] = _THINGS[language][value]
        elif key.endswith("_at"):
            moment = datetime.fromisoformat(value)
            words[key] = format_datetime(moment, "d MMMM y, HH:mm", zone_of(time_zone), locale=language)
        else:
            words[key] = str(value)
    return words


def _amount(micros: int, currency: str, language: str) -> str:
    if not currency:
        return decimal_text(micros)
    return format_currency(decimal_text(micros), currency, locale=language, decimal_quantization=False)
