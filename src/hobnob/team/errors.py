"""Errors of the team room."""

from __future__ import annotations

from hobnob.kernel.errors import Conflict, Forbidden, HobnobError


class WrongSignIn(HobnobError):
    """Says the same for an unknown e-mail and a wrong password."""

    status, code, title = 401, "wrong_sign_in", "E-mail or password is wrong"


class EmailTaken(Conflict):
    code, title = "email_taken", "This e-mail address already signs in"


class NotSandbox(Forbidden):
    code, title = "not_sandbox", "Only sandbox accounts have a clock that can be moved"
