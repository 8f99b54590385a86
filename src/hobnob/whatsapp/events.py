"""Webhook values other than messages: statuses, templates, numbers, accounts, preferences.

Same rule as for messages: every field may be missing, and the raw value is kept beside the typed one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Raw, Struct

from .inbound import Message, WireError


class Metadata(Struct, frozen=True):
    """The business number an update belongs to."""

    phone_number_id: str | None = None
    display_phone_number: str | None = None


class Profile(Struct, frozen=True):
    name: str | None = None
    username: str | None = None


class Contact(Struct, frozen=True):
    """The person at the other end, as the webhook introduces them."""

    wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    profile: Profile = Profile()
    identity_key_hash: str | None = None


class ConversationOrigin(Struct, frozen=True):
    type: str | None = None


class WireConversation(Struct, frozen=True):
    """Since Graph v24 present only inside a free entry point conversation."""

    id: str | None = None
    expiration_timestamp: int | str | None = None
    origin: ConversationOrigin = ConversationOrigin()


class Pricing(Struct, frozen=True):
    billable: bool | None = None
    pricing_model: str | None = None
    type: str | None = None
    category: str | None = None


class Status(Struct, frozen=True, kw_only=True):
    """One tick of an outbound message."""

    id: str
    status: str
    timestamp: int | str = 0
    recipient_id: str | None = None
    recipient_user_id: str | None = None
    parent_recipient_user_id: str | None = None
    recipient_type: str | None = None
    biz_opaque_callback_data: str | None = None
    conversation: WireConversation | None = None
    pricing: Pricing | None = None
    errors: list[WireError] = []

    @property
    def timestamp_s(self) -> int:
        return int(self.timestamp)


class Unreadable(Struct, frozen=True):
    """An update whose shape could not be read at all (no id, not an object): kept for the quarantine."""

    kind: str
    problem: str
    raw: Raw


class MessagesValue(Struct, frozen=True):
    """Field ``messages``: inbound messages, statuses, or errors of the system."""

    metadata: Metadata
    contacts: list[Contact] = []
    messages: list[Message] = []
    statuses: list[Status] = []
    errors: list[WireError] = []
    unreadable: list[Unreadable] = []


class TemplateStatusUpdate(Struct, frozen=True):
    event: str | None = None
    message_template_id: int | str | None = None
    message_template_name: str | None = None
    message_template_language: str | None = None
    message_template_category: str | None = None
    reason: str | None = None
    disable_info: dict[str, Any] | None = None
    other_info: dict[str, Any] | None = None
    rejection_info: dict[str, Any] | None = None


class TemplateQualityUpdate(Struct, frozen=True):
    previous_quality_score: str | None = None
    new_quality_score: str | None = None
    message_template_id: int | str | None = None
    message_template_name: str | None = None
    message_template_language: str | None = None


class TemplateCategoryUpdate(Struct, frozen=True):
    """Impending when ``correct_category`` is there, done when ``previous_category`` is."""

    message_template_id: int | str | None = None
    message_template_name: str | None = None
    message_template_language: str | None = None
    previous_category: str | None = None
    new_category: str | None = None
    correct_category: str | None = None
    category_update_timestamp: int | str | None = None


class TemplateComponentsUpdate(Struct, frozen=True):
    message_template_id: int | str | None = None
    message_template_name: str | None = None
    message_template_language: str | None = None
    message_template_title: str | None = None
    message_template_element: str | None = None
    message_template_footer: str | None = None
    message_template_buttons: list[dict[str, Any]] = []


class NumberQualityUpdate(Struct, frozen=True):
    display_phone_number: str | None = None
    event: str | None = None
    old_limit: str | None = None
    current_limit: str | None = None
    max_daily_conversations_per_business: int | str | None = None


class NumberNameUpdate(Struct, frozen=True):
    display_phone_number: str | None = None
    decision: str | None = None
    requested_verified_name: str | None = None
    rejection_reason: str | None = None


class BusinessCapabilityUpdate(Struct, frozen=True):
    max_daily_conversations_per_business: int | str | None = None
    max_daily_conversation_per_phone: int | str | None = None
    max_phone_numbers_per_business: int | None = None
    max_phone_numbers_per_waba: int | None = None


class AccountUpdate(Struct, frozen=True):
    event: str | None = None
    violation_info: dict[str, Any] | None = None
    restriction_info: list[dict[str, Any]] | None = None
    ban_info: dict[str, Any] | None = None
    waba_info: dict[str, Any] | None = None
    volume_tier_info: dict[str, Any] | None = None
    country: str | None = None


class AccountReviewUpdate(Struct, frozen=True):
    decision: str | None = None


class Security(Struct, frozen=True):
    display_phone_number: str | None = None
    event: str | None = None
    requester: str | None = None


class BusinessUsernameUpdate(Struct, frozen=True):
    display_phone_number: str | None = None
    username: str | None = None
    status: str | None = None


class UserPreference(Struct, frozen=True):
    wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    detail: str | None = None
    category: str | None = None
    value: str | None = None
    timestamp: int | str | None = None


class UserPreferences(Struct, frozen=True):
    metadata: Metadata = Metadata()
    contacts: list[Contact] = []
    user_preferences: list[UserPreference] = []


class UserIdPair(Struct, frozen=True):
    previous: str | None = None
    current: str | None = None


class UserIdChange(Struct, frozen=True):
    wa_id: str | None = None
    detail: str | None = None
    user_id: UserIdPair | str | None = None
    parent_user_id: UserIdPair | str | None = None
    timestamp: int | str | None = None


class UserIdUpdate(Struct, frozen=True):
    """A customer's business-scoped user id changed (they changed their number)."""

    metadata: Metadata = Metadata()
    contacts: list[Contact] = []
    user_id_update: list[UserIdChange] = []


class UnknownValue(Struct, frozen=True):
    """A field this build does not know, or a known one in a shape it cannot read: see ``Change.raw``."""

    problem: str | None = None


Value: TypeAlias = (
    MessagesValue
    | TemplateStatusUpdate
    | TemplateQualityUpdate
    | TemplateCategoryUpdate
    | TemplateComponentsUpdate
    | NumberQualityUpdate
    | NumberNameUpdate
    | BusinessCapabilityUpdate
    | AccountUpdate
    | AccountReviewUpdate
    | Security
    | BusinessUsernameUpdate
    | UserPreferences
    | UserIdUpdate
    | UnknownValue
)
