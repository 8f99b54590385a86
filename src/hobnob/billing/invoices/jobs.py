"""Lane work: issuing what is due and its paperwork; the nightly proof of the books."""

from __future__ import annotations

import structlog

from hobnob.billing.prove import prove_lane
from hobnob.kernel.clock import Clock
from hobnob.platform.database import Database
from hobnob.platform.telemetry import counter
from hobnob.platform.work import LaneScope

from . import documents, groups, schedule
from .issue import JOB

log = structlog.get_logger()

FINDINGS_LOGGED_MAX_COUNT = 50
_findings = counter("ledger_findings", "Things wrong in the books, as the nightly proof found them")
_proofs = counter("ledger_proofs", "Lanes whose books were proven", ("outcome",))


class InvoicesJob:
    """Issues the invoices of months that are over, then makes and sends their documents, one at a time;
    keeps the totals that drafts are read from."""

    name = JOB

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, scope: LaneScope) -> bool:
        """One invoice or one document; True when more may be due."""
        now = self._clock.now()
        async with scope.transaction() as tx:
            more = await schedule.take_up(tx, scope.lane, now)
            if await schedule.invoice_next(tx, scope.lane, now):
                return True
        async with scope.transaction() as tx:
            work = await documents.waiting(tx, scope.lane)
            if work is not None:
                await documents.finish(tx, scope.lane, work)
                return True
        async with scope.transaction() as tx:
            return await groups.roll_next(tx, scope.lane) or more


class ProofJob:
    """Proves each lane's books once a night. A finding is an error in the log and counts in the metrics; requests go on."""

    name = "proof"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, scope: LaneScope) -> bool:
        """One lane. It only reads, so the lane's other work goes on beside it."""
        async with self._database.lane(scope.lane) as tx:
            findings = await prove_lane(tx, scope.lane)
        for finding in findings[:FINDINGS_LOGGED_MAX_COUNT]:
            log.error(
                "ledger_wrong",
                account_id=str(finding.account_id),
                lane=scope.lane,
                problem=finding.problem,
                fix="run `hobnob ledger prove` for all findings; nothing was changed",
            )
        _findings.inc(len(findings))
        _proofs.labels("wrong" if findings else "right").inc()
        async with scope.transaction() as tx:
            await tx.execute(
                "INSERT INTO lane_proofs (lane, proven_at, findings) VALUES ($1, now(), $2)"
                " ON CONFLICT (lane) DO UPDATE SET proven_at = excluded.proven_at, findings = excluded.findings",
                scope.lane,
                len(findings),
            )
        return False
