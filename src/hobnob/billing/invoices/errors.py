"""What can go wrong with invoices.

Forbidden
└── OperatorOnly        credit notes are the operator's
Conflict
├── NoSeller            nobody is set up to issue invoices
├── PublishedRule       a tax rule of the past cannot change
├── ExceedsLine         a credit note asks for more than the line has left
└── TooMuchHistory      more messages than a request may rate again
InvalidInput
└── TaxIdWrong          a tax id does not have the form of its country
"""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, Forbidden, InvalidInput


class OperatorOnly(Forbidden):
    code, title = "operator_only", "Only the operator can do this"


class NoSeller(Conflict):
    code, title = "no_seller", "Nobody is set up to issue invoices"


class PublishedRule(Conflict):
    code, title = "published_rule", "A tax rule of the past cannot change"


class ExceedsLine(Conflict):
    code, title = "exceeds_line", "More than the line has left"


class TooMuchHistory(Conflict):
    code, title = "too_much_history", "Too many messages for one request"


class TaxIdWrong(InvalidInput):
    code, title = "tax_id_wrong", "The tax id is not valid"
