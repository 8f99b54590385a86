"""Which customer a webhook speaks of, decided in memory over a batch.

The rules give the same customers in whatever order the reports come:
- Each value (phone, user id, profile) is the one reported for the latest moment; of one moment the greater text.
- A phone and a user id reported together are one customer. A user id belongs to one person for good, a phone may pass
  to another: a phone reported with a new user id goes to whoever was reported with it last.
- A reported change of number or user id joins old and new. Values a customer had before are kept as aliases, each up
  to a moment, so that late reports of them still find the customer.
- A phone that WhatsApp writes otherwise than we did is an alias for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from hobnob.kernel.ids import new_id

from .reading import Moved, Person

NEVER = datetime.min.replace(tzinfo=UTC)
FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)
Key = tuple[UUID, str]


class Customer:
    """One customer while a batch is applied."""

    __slots__ = (
        "account_id",
        "changed",
        "first_seen_at",
        "id",
        "is_new",
        "last_seen_at",
        "merged_into",
        "name",
        "parent_user_id",
        "phone",
        "phone_at",
        "profile_at",
        "profile_name",
        "reassigned",
        "touched",
        "user_id",
        "user_id_at",
        "username",
    )

    def __init__(self, id: UUID, account_id: UUID, first_seen_at: datetime, *, is_new: bool) -> None:
        self.id = id
        self.account_id = account_id
        self.first_seen_at = first_seen_at
        self.last_seen_at: datetime | None = None
        self.phone: str | None = None
        self.phone_at = NEVER
        self.user_id: str | None = None
        self.user_id_at = NEVER
        self.parent_user_id: str | None = None
        self.profile_name: str | None = None
        self.username: str | None = None
        self.profile_at = NEVER
        self.name: str | None = None
        self.merged_into: Customer | None = None
        self.is_new = is_new
        self.touched = is_new
        """Something of the row differs from the database."""
        self.changed = is_new
        """Something an agent can see and search by differs."""
        self.reassigned = False
        """A phone or user id that the database holds was replaced: another row may take it in the same batch."""


class People:
    """The customers a batch speaks of. Load it with what the database knows, then tell it what was reported."""

    def __init__(self) -> None:
        self.all: dict[UUID, Customer] = {}
        self.merges: list[tuple[Customer, Customer]] = []
        """Rows of the database that turned out to be another: (from, into), in this order."""
        self.new_aliases: dict[tuple[UUID, str, datetime], Customer] = {}
        self._current: dict[Key, Customer] = {}
        self._aliases: dict[Key, list[tuple[datetime, Customer]]] = {}

    def load(self, customer: Customer) -> None:
        self.all[customer.id] = customer
        self._index(customer)

    def load_alias(self, value: str, until: datetime, customer: Customer) -> None:
        self._aliases.setdefault((customer.account_id, value), []).append((until, customer))

    def see(self, person: Person, *, create: bool = True) -> Customer | None:
        """The customer that was reported; made when there is none, unless ``create`` is False."""
        by_user, _ = self._resolve(person.account_id, person.user_id, person.at)
        by_phone, former = self._resolve(person.account_id, person.phone, person.at)
        customer = by_user or by_phone
        if by_phone is not None and by_phone is not by_user:
            # The phone's holder is this person, unless it is known by another user id now.
            same = person.user_id is None or by_phone.user_id is None or former
            if by_user is None:
                customer = by_phone if same else None
            elif same:
                customer = self._merge(by_user, by_phone)
        if customer is None:
            if not create:
                return None
            customer = self._make(person)
        self._note(customer, person)
        return customer

    def move(self, moved: Moved) -> None:
        """Take in a change of number or user id."""
        old, new = moved.old, moved.new
        before, after = self.see(old, create=False), self.see(new, create=False)
        if before is None and after is None:
            customer = self._make(new)
        elif before is None or after is None:
            customer = before or after  # type: ignore[assignment]  # one of them is there
        else:
            customer = self._merge(before, after)
        for value, former in ((new.phone, old.phone), (new.user_id, old.user_id)):
            if value is not None and former is not None and value != former:
                self._alias(customer, former, new.at)
        if customer.phone == old.phone and new.phone is not None:
            self._claim_phone(customer, new.phone, max(new.at, customer.phone_at), new.user_id)
        if customer.user_id == old.user_id and new.user_id is not None:
            self._set_user_id(customer, new.user_id, max(new.at, customer.user_id_at))
        self._note(customer, new)

    def respell(self, ours: Person, theirs: Person) -> None:
        """Take in that WhatsApp writes a phone otherwise than we did: whoever is met under either is one customer."""
        if ours.phone is None or self.see(ours, create=False) is None:
            return
        self.move(Moved(ours, theirs))
        customer = self.see(theirs, create=False)
        assert customer is not None
        self._alias(customer, ours.phone, FOR_GOOD)

    def seen(self, customer: Customer, at: datetime) -> None:
        """The customer wrote at this moment."""
        if customer.last_seen_at is None or at > customer.last_seen_at:
            customer.last_seen_at = at
            customer.touched = True

    @staticmethod
    def final(customer: Customer) -> Customer:
        """Whom this customer turned out to be by the end of the batch."""
        while customer.merged_into is not None:
            customer = customer.merged_into
        return customer

    def touched(self) -> Iterable[Customer]:
        return (customer for customer in self.all.values() if customer.touched and customer.merged_into is None)

    def _resolve(self, account_id: UUID, value: str | None, at: datetime) -> tuple[Customer | None, bool]:
        """Who had this phone or user id at a moment, and whether they are known to have another since."""
        if value is None:
            return None, False
        key = (account_id, value)
        if aliases := self._aliases.get(key):
            former = min((alias for alias in aliases if alias[0] >= at), key=lambda alias: alias[0], default=None)
            if former is not None:
                return self.final(former[1]), True
        return self._current.get(key), False

    def _make(self, person: Person) -> Customer:
        customer = Customer(new_id(), person.account_id, person.at, is_new=True)
        self.all[customer.id] = customer
        return customer

    def _note(self, customer: Customer, person: Person) -> None:
        """Keep of a report what is newer than what is known."""
        at = person.at
        if at < customer.first_seen_at:
            customer.first_seen_at = at
            customer.touched = True
        if person.phone is not None:
            self._note_phone(customer, person.phone, person)
        if person.user_id is not None:
            self._note_user_id(customer, person.user_id, at)
            if person.parent_user_id is not None and customer.parent_user_id != person.parent_user_id:
                customer.parent_user_id = person.parent_user_id
                customer.touched = True
        if person.profile_name is not None or person.username is not None:
            given = (at, person.profile_name or "", person.username or "")
            if given > (customer.profile_at, customer.profile_name or "", customer.username or ""):
                if given[1:] != (customer.profile_name or "", customer.username or ""):
                    customer.profile_name, customer.username = person.profile_name, person.username
                    customer.changed = True
                customer.profile_at = at
                customer.touched = True

    def _note_phone(self, customer: Customer, phone: str, person: Person) -> None:
        at = person.at
        if customer.phone == phone:
            if at > customer.phone_at:
                customer.phone_at = at
                customer.touched = True
            return
        owner, former = self._resolve(customer.account_id, phone, at)
        if former and owner is customer:
            return
        if customer.phone is not None and (at, phone) <= (customer.phone_at, customer.phone):
            self._alias(customer, phone, customer.phone_at)
            return
        self._claim_phone(customer, phone, at, person.user_id)

    def _claim_phone(self, customer: Customer, phone: str, at: datetime, user_id: str | None) -> None:
        """Give a customer a phone, unless somebody else was reported with it later."""
        holder = self._current.get((customer.account_id, phone))
        if holder is not None and holder is not customer:
            if (at, user_id or "") <= (holder.phone_at, holder.user_id or ""):
                self._alias(customer, phone, at)
                return
            self._alias(holder, phone, holder.phone_at)
            self._drop_phone(holder)
        if customer.phone is not None and customer.phone != phone:
            self._alias(customer, customer.phone, at)
        self._set_phone(customer, phone, at)

    def _note_user_id(self, customer: Customer, user_id: str, at: datetime) -> None:
        if customer.user_id == user_id:
            if at > customer.user_id_at:
                customer.user_id_at = at
                customer.touched = True
        elif customer.user_id is None or (at, user_id) > (customer.user_id_at, customer.user_id):
            if customer.user_id is not None:
                self._alias(customer, customer.user_id, at)
            self._set_user_id(customer, user_id, at)
        elif self._resolve(customer.account_id, user_id, at)[0] is not customer:
            self._alias(customer, user_id, customer.user_id_at)

    def _merge(self, a: Customer, b: Customer) -> Customer:
        """Two customers are one person; the one known for longer stays."""
        if a is b:
            return a
        into, other = (a, b) if (a.is_new, a.id) < (b.is_new, b.id) else (b, a)
        self._unindex(other)
        other.merged_into = into
        other.touched = True
        if other.is_new:
            del self.all[other.id]
        else:
            self.merges.append((other, into))
        self._take_over(into, other)
        into.touched = into.changed = True
        return into

    def _take_over(self, into: Customer, other: Customer) -> None:
        """Of each value the one reported last; what loses becomes an alias."""
        if other.phone is not None and other.phone != into.phone:
            if into.phone is None or (other.phone_at, other.phone) > (into.phone_at, into.phone):
                if into.phone is not None:
                    self._alias(into, into.phone, other.phone_at)
                self._set_phone(into, other.phone, other.phone_at)
            else:
                self._alias(into, other.phone, into.phone_at)
        if other.user_id is not None and other.user_id != into.user_id:
            if into.user_id is None or (other.user_id_at, other.user_id) > (into.user_id_at, into.user_id):
                if into.user_id is not None:
                    self._alias(into, into.user_id, other.user_id_at)
                self._set_user_id(into, other.user_id, other.user_id_at)
            else:
                self._alias(into, other.user_id, into.user_id_at)
        into.parent_user_id = into.parent_user_id or other.parent_user_id
        theirs = (other.profile_at, other.profile_name or "", other.username or "")
        if theirs > (into.profile_at, into.profile_name or "", into.username or ""):
            into.profile_name, into.username, into.profile_at = other.profile_name, other.username, other.profile_at
        into.name = into.name or other.name
        into.first_seen_at = min(into.first_seen_at, other.first_seen_at)
        into.last_seen_at = max(into.last_seen_at or NEVER, other.last_seen_at or NEVER)
        if into.last_seen_at == NEVER:
            into.last_seen_at = None

    def _set_phone(self, customer: Customer, phone: str, at: datetime) -> None:
        if customer.phone is not None:
            self._current.pop((customer.account_id, customer.phone), None)
            customer.reassigned = not customer.is_new
        customer.phone, customer.phone_at = phone, at
        customer.touched = customer.changed = True
        self._current[customer.account_id, phone] = customer

    def _drop_phone(self, customer: Customer) -> None:
        assert customer.phone is not None
        self._current.pop((customer.account_id, customer.phone), None)
        customer.phone, customer.phone_at = None, NEVER
        customer.touched = customer.changed = True
        customer.reassigned = not customer.is_new

    def _set_user_id(self, customer: Customer, user_id: str, at: datetime) -> None:
        if customer.user_id is not None:
            self._current.pop((customer.account_id, customer.user_id), None)
            customer.reassigned = not customer.is_new
        customer.user_id, customer.user_id_at = user_id, at
        customer.touched = customer.changed = True
        self._current[customer.account_id, user_id] = customer

    def _alias(self, customer: Customer, value: str, until: datetime) -> None:
        if until == NEVER:
            return
        self._aliases.setdefault((customer.account_id, value), []).append((until, customer))
        self.new_aliases[customer.account_id, value, until] = customer

    def _index(self, customer: Customer) -> None:
        for value in (customer.phone, customer.user_id):
            if value is not None:
                self._current[customer.account_id, value] = customer

    def _unindex(self, customer: Customer) -> None:
        for value in (customer.phone, customer.user_id):
            if value is not None and self._current.get((customer.account_id, value)) is customer:
                del self._current[customer.account_id, value]
