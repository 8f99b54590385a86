"""The outbox job: takes due rows, calls WhatsApp, writes down the answers.

    claim (one transaction) ──▶ calls in flight, side by side ──▶ record what has ended (one transaction)
            ▲                                                             │
            └────────────── while anything is due or in flight ───────────┘

A row is marked ``sending`` before its request leaves. If the process dies then, nobody knows whether WhatsApp has the
message: the row waits for a status that proves it (ingest removes the row) and is sent again only after a silence of
``send_doubt_wait_s`` in which this process listened. What was answered but could not be written down is kept in memory
and written as soon as it can be.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from hobnob.kernel.clock import Clock
from hobnob.numbers import actions as numbers
from hobnob.numbers.types import NumberRef
from hobnob.platform.database import Row, Tx, is_transient
from hobnob.platform.work import LaneScope, LeaseLost, first

from . import outbox_claim
from .outbox_call import Accepted, Again, Claimed, Outcome, Sender
from .outbox_limits import NumberLimit, PairLimits
from .outbox_record import Result, keep_accepted, record
from .send.actions import OUTBOX_JOB

log = structlog.get_logger()

SENDS_CLAIMED_MAX = 64
NUMBER_KEPT_S = 10.0
# A wait of this length is not left to the next poll.
SOON_S = 1.0
# How soon to look again when other lanes use all calls.
FULL_WAIT_S = 0.05
GATHER_S = 0.05
STOP_WAIT_S = 5.0
# After this long a run takes no more, so that other lanes get their turn; but calls that take longer than this to end
# keep their turn anyway, and hold back nothing else of their lane.
RUN_MAX_S = 5.0
DRAIN_MAX_S = 5.0
# A request that has not left within this share of the wait for proof stays here: the rest of the wait is its silence.
LEAVE_WITHIN_SHARE = 0.5


@dataclass(slots=True)
class _Lane:
    """What is remembered of a lane between batches."""

    limits: dict[UUID, NumberLimit] = field(default_factory=dict)
    pairs: PairLimits = field(default_factory=PairLimits)
    numbers: dict[UUID, tuple[NumberRef, float]] = field(default_factory=dict)
    in_flight: dict[UUID, asyncio.Task[Outcome]] = field(default_factory=dict)
    rows: dict[UUID, Claimed] = field(default_factory=dict)
    ended: list[Result] = field(default_factory=list)


class OutboxJob:
    """Sends what is due in a lane until nothing is due or in flight, or for ``RUN_MAX_S``."""

    name = OUTBOX_JOB

    def __init__(
        self,
        sender: Sender,
        clock: Clock,
        worker: str,
        *,
        call_timeout_s: float,
        doubt_wait_s: float,
    ) -> None:
        self._sender = sender
        self._clock = clock
        self._worker = worker
        self._call_timeout_s = call_timeout_s
        self._doubt_wait_s = doubt_wait_s
        self._listening_since = clock.now()
        self._lanes: dict[int, _Lane] = {}

    async def run(self, scope: LaneScope) -> bool:
        lane = self._lanes.setdefault(scope.lane, _Lane())
        woken = scope.woken(self.name)
        started_s = time.monotonic()
        try:
            while True:
                woken.clear()
                await self._record(scope, lane)
                ending = time.monotonic() - started_s > RUN_MAX_S
                if ending and not lane.in_flight:
                    return True
                if time.monotonic() - started_s > RUN_MAX_S + DRAIN_MAX_S:
                    started_s, ending = time.monotonic(), False
                claimed, wait_s = ([], None) if ending else await self._claim(scope, lane)
                for row in claimed:
                    lane.rows[row.message_id] = row
                    lane.in_flight[row.message_id] = asyncio.create_task(self._sender.send(row))
                if claimed:
                    # Let the requests leave before looking for more.
                    await asyncio.sleep(0)
                elif not lane.in_flight and not lane.ended:
                    if wait_s is None or wait_s > SOON_S:
                        return False
                    await first(woken, (), wait_s)
                if lane.in_flight:
                    await first(woken, lane.in_flight.values(), DRAIN_MAX_S if ending else wait_s)
                    self._collect(lane)
        except asyncio.CancelledError:
            await self._finish(scope, lane)
            raise

    def _collect(self, lane: _Lane) -> None:
        """Move the calls that have ended to what is to be recorded, and learn from refusals."""
        now_s = time.monotonic()
        for message_id in [key for key, task in lane.in_flight.items() if task.done()]:
            task = lane.in_flight.pop(message_id)
            row = lane.rows.pop(message_id)
            if not task.cancelled():
                lane.ended.append((row, self._learned(lane, row, task.result(), now_s)))

    @staticmethod
    def _learned(lane: _Lane, row: Claimed, outcome: Outcome, now_s: float) -> Outcome:
        limit = lane.limits.get(row.number_id)
        if isinstance(outcome, Accepted) and limit is not None:
            limit.accepted()
        if isinstance(outcome, Again) and outcome.limited == "pair":
            lane.pairs.refused(row.chat_id, now_s)
        if isinstance(outcome, Again) and outcome.limited == "number" and limit is not None:
            pause_s = limit.refused(now_s, outcome.retry_after_s)
            return Again(pause_s, "number", outcome.retry_after_s, outcome.upload)
        return outcome

    async def _record(self, scope: LaneScope, lane: _Lane) -> None:
        self._collect(lane)
        if not lane.ended:
            return
        results = list(lane.ended)
        try:
            await self._write(scope, results)
        except LeaseLost:
            raise
        except Exception as error:
            if is_transient(error):
                raise
            # One of them cannot be written: find it, so that it does not hold back the others.
            for result in results:
                await self._write_alone(scope, result)
        del lane.ended[: len(results)]

    async def _write(self, scope: LaneScope, results: list[Result]) -> None:
        now = self._clock.now()
        async with scope.transaction() as tx:
            await record(tx, scope.lane, self._worker, results, now, doubt_wait_s=self._doubt_wait_s)

    async def _write_alone(self, scope: LaneScope, result: Result) -> None:
        try:
            await self._write(scope, [result])
        except LeaseLost:
            raise
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("answer_not_recorded", message_id=str(result[0].message_id))
            row, outcome = result
            if isinstance(outcome, Accepted):
                # WhatsApp has it: whatever else cannot be written, it is not sent again. Any other row stays ``sending``
                # and is looked at when it is due.
                async with scope.transaction() as tx:
                    await keep_accepted(tx, scope.lane, row.message_id, outcome.wamid)

    async def _claim(self, scope: LaneScope, lane: _Lane) -> tuple[list[Claimed], float | None]:
        """Rows to send now, and how long until more may be allowed (None: nothing waits for a limit)."""
        room = min(self._sender.room, SENDS_CLAIMED_MAX)
        if room <= 0:
            return [], FULL_WAIT_S
        async with scope.transaction() as tx:
            rooms, wait_s = await self._rooms(tx, scope.lane, lane, room)
            now = self._clock.now()
            wait = timedelta(seconds=self._doubt_wait_s)
            listened = now - self._listening_since >= wait
            rows = await outbox_claim.claimable(tx, scope.lane, rooms, now, lane.in_flight, listened=listened)
            rows, waits = self._within_pairs(lane, rows[:room])
            await outbox_claim.postpone(tx, scope.lane, waits, now)
            until = now + timedelta(seconds=self._call_timeout_s) + wait
            refs = {number_id: ref for number_id, (ref, _) in lane.numbers.items()}
            claimed = await outbox_claim.take(
                tx, scope.lane, rows, refs, self._worker, leave_by=now + wait * LEAVE_WITHIN_SHARE, until=until
            )
        now_s = time.monotonic()
        for row in claimed:
            lane.limits[row.number_id].take(now_s, 1)
            lane.pairs.take(row.chat_id, now_s)
        return claimed, wait_s

    async def _rooms(self, tx: Tx, lane_id: int, lane: _Lane, room: int) -> tuple[dict[UUID, int], float | None]:
        """How many messages each waiting number may send now, and the shortest wait of those that may send none."""
        waiting = await outbox_claim.waiting_numbers(tx, lane_id)
        now_s = time.monotonic()
        fresh = {key for key, (_, known_s) in lane.numbers.items() if known_s >= now_s - NUMBER_KEPT_S}
        if unknown := [number_id for number_id in waiting if number_id not in fresh]:
            found = await numbers.numbers_in(tx, lane_id, unknown)
            lane.numbers.update({number_id: (ref, now_s) for number_id, ref in found.items()})
        rooms: dict[UUID, int] = {}
        shortest: float | None = None
        for number_id in waiting:
            if number_id not in lane.numbers:
                continue
            limit = self._limit(lane, lane.numbers[number_id][0], now_s)
            if available := limit.available(now_s):
                rooms[number_id] = min(available, room)
            else:
                # A little longer than for one message, so that several share a transaction.
                wait_s = max(limit.wait_s(now_s), GATHER_S)
                shortest = wait_s if shortest is None else min(shortest, wait_s)
        return rooms, shortest

    @staticmethod
    def _limit(lane: _Lane, ref: NumberRef, now_s: float) -> NumberLimit:
        limit = lane.limits.get(ref.id)
        if limit is None or limit.per_second != ref.throughput_per_second:
            limit = lane.limits[ref.id] = NumberLimit(ref.throughput_per_second, now_s)
        return limit

    @staticmethod
    def _within_pairs(lane: _Lane, rows: list[Row]) -> tuple[list[Row], list[tuple[UUID, float]]]:
        now_s = time.monotonic()
        waits = {row["message_id"]: lane.pairs.wait_s(row["chat_id"], now_s) for row in rows}
        return (
            [row for row in rows if waits[row["message_id"]] <= 0],
            [(message_id, wait_s) for message_id, wait_s in waits.items() if wait_s > 0],
        )

    async def _finish(self, scope: LaneScope, lane: _Lane) -> None:
        """The process stops: wait a little for answers, and write them down."""
        if lane.in_flight:
            await asyncio.wait(lane.in_flight.values(), timeout=STOP_WAIT_S)
        for task in lane.in_flight.values():
            task.cancel()
        await asyncio.gather(*lane.in_flight.values(), return_exceptions=True)
        try:
            await self._record(scope, lane)
        except Exception as error:  # noqa: BLE001 - the last moment of the process; the rows are looked at again when due
            log.warning("answers_not_recorded", lane=scope.lane, error=repr(error))
