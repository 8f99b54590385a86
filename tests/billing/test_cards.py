"""Importing a rate card: the diff comes first, history does not change, and what is imported prices the next message."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hobnob import cli
from hobnob.billing import cards, catalog, market_changes
from hobnob.billing.card_changes import IMPORTED_FROM, Request, changes
from hobnob.billing.card_files import CardFileError, Rate, VersionHead, full_versions, read
from hobnob.billing.history.rate import rate
from hobnob.billing.history.types import Event
from hobnob.billing.rating import Step
from hobnob.billing.shipped import shipped, shipped_catalog, shipped_versions
from hobnob.kernel.errors import Conflict, HobnobError, InvalidInput
from hobnob.platform.database import Database, owner_transaction
from hobnob.platform.settings import Settings

META = shipped_catalog().cards["meta"]
HEADER = "region,category,currency,rate,effective_from,source"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
INDIA = ("meta", "India", "marketing", "USD")


def rates(*rows: str) -> list[Rate]:
    return read([HEADER, *rows], "card.csv")


def request(**given: object) -> Request:
    return Request(**{"card": "meta", "today": TODAY, "source": "a test", **given})  # type: ignore[arg-type]


def test_what_a_file_does_not_name_is_carried_over() -> None:
    (change,) = changes(request(), META, rates("India,marketing,USD,0.0125,2027-01-01,announced"))
    assert (change.head.version, change.head.rule_set, change.replaces) == (
        IMPORTED_FROM,
        "meta_messages_service",
        False,
    )
    assert list(change.changed) == [("India", "marketing", "USD")]
    assert (change.added, change.removed, change.unchanged_count) == ({}, {}, len(META[-1].rates) - 1)
    assert len(change.rates) == sum(map(len, META[-1].rates.values()))
    assert change.lines()[1] == "  ~ India, marketing, USD  0.0118 -> 0.0125"


def test_a_whole_card_ends_what_it_does_not_name() -> None:
    named = rates("India,marketing,USD,0.0118,2027-01-01,x", "Atlantis,utility,USD,0.5,2027-01-01,x")
    (change,) = changes(request(is_whole=True), META, named)
    assert (len(change.added), len(change.changed)) == (1, 0)
    assert len(change.removed) == len(META[-1].rates) - 1
    assert "  - Peru, utility, USD  0.0300" in change.lines()
    assert "  + Atlantis, utility, USD  0.5000" in change.lines()


def test_versions_of_one_file_build_on_each_other() -> None:
    first, second = changes(
        request(), META, rates("Peru,service,USD,0.04,2027-04-01,x", "India,marketing,USD,0.02,2027-01-01,x")
    )
    assert [change.head.effective_from for change in (first, second)] == [date(2027, 1, 1), date(2027, 4, 1)]
    assert second.head.version == first.head.version + 1
    assert list(second.changed.values()) == [((Step(0, 0), Step(1_000, 30_000)), (Step(0, 0), Step(1_000, 40_000)))]
    assert ("India", "marketing", "USD", 0, 20_000) in {row[1:6] for row in second.rates}


def test_what_says_nothing_new_changes_nothing() -> None:
    same = rates("India,marketing,USD,0.0118,2026-10-01,x", "Saudi Arabia,utility,USD,0.0107,2026-10-01,x")
    assert changes(request(), META, same) == []


@pytest.mark.parametrize(
    ("row", "error", "sentence"),
    [
        ("India,marketing,USD,0.0117,2026-10-01,x", Conflict, "is in force, so it is history"),
        ("Atlantis,marketing,USD,0.0117,2026-10-01,x", Conflict, "is in force, so it is history"),
        ("India,marketing,USD,0.0117,2026-11-01,x", None, ""),
        ("India,marketing,USD,0.0117,2026-08-01,x", Conflict, "none can be put before it"),
        ("India,marketing,USD,0.0117,2020-01-01,x", Conflict, "none can be put before it"),
    ],
)
def test_history_is_refused(row: str, error: type[HobnobError] | None, sentence: str) -> None:
    if error is None:
        assert changes(request(), META, rates(row))
        return
    with pytest.raises(error, match=sentence):
        changes(request(), META, rates(row))


def test_what_cannot_be_understood_is_said() -> None:
    row = "India,marketing,USD,0.0117,2027-01-01,x"
    with pytest.raises(InvalidInput, match="is the card of a plan"):
        changes(request(card="starter"), shipped_catalog().cards["starter"], rates(row))
    with pytest.raises(InvalidInput, match="say with --rule-set"):
        changes(request(card="other"), (), rates(row))
    with pytest.raises(InvalidInput, match="holds no rate"):
        changes(request(), META, [])
    with pytest.raises(Conflict, match="stands with the rule set"):
        changes(request(rule_set="meta_messages"), META, rates("India,marketing,USD,0.0118,2026-10-01,x"))


def test_a_card_of_another_model_begins_with_nothing() -> None:
    row = "India,marketing,USD,0.0117,2027-01-01,x"
    (change,) = changes(request(rule_set="meta_conversations", free_units={"marketing": 5}), META, rates(row))
    assert [row[4:6] for row in change.rates] == [(0, 0), (5, 11_700)]
    assert len(change.added) == 1 and change.removed == {}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("India,marketing,USD,dear,2027-01-01,x", "card.csv:2: this row cannot be read: 'dear' is not an amount"),
        ("India,marketing,USD,-1,2027-01-01,x", "below 0"),
        ("India,marketing,USD,1,soon,x", "card.csv:2: this row cannot be read"),
        ("India,marketing,dollar,1,2027-01-01,x", "a currency such as USD"),
        ("India,sales,USD,1,2027-01-01,x", "a category: authentication, "),
        (",utility,USD,1,2027-01-01,x", "a rate has a region"),
        ("India,utility,USD", "card.csv:2: this row cannot be read"),
    ],
)
def test_rows_that_cannot_be_read(row: str, sentence: str) -> None:
    with pytest.raises(CardFileError, match=sentence):
        rates(row)


def test_files_that_cannot_be_read() -> None:
    with pytest.raises(CardFileError, match="lacks the column region, rate"):
        read(["category,currency,effective_from,source"], "card.csv")
    with pytest.raises(CardFileError, match=r"card.csv:3: this rate stands in the file already"):
        rates(*["India,utility,USD,1,2027-01-01,x"] * 2)


def test_full_versions_carry_over_within_a_model_and_say_so() -> None:
    heads = [
        VersionHead(1, date(2023, 1, 1), "meta_conversations", "", {"service": 1_000}),
        VersionHead(2, date(2024, 1, 1), "meta_conversations_free_service", "", {}),
        VersionHead(3, date(2025, 1, 1), "meta_messages", "", {}),
    ]
    rows = rates("Peru,service,USD,0.01,2023-01-01,first", "Peru,utility,USD,0.02,2025-01-01,third")
    assert [
        (row.version, row.category, row.from_quantity, row.amount_micros, row.source)
        for row in full_versions(heads, rows)
    ] == [
        (1, "service", 0, 0, "The first 1,000 of a month are free. first"),
        (1, "service", 1_000, 10_000, "first"),
        (2, "service", 0, 10_000, "Carried over from the card of 2023-01-01: first"),
        (3, "utility", 0, 20_000, "third"),
    ]


def test_every_shipped_rate_has_its_source_and_a_market_that_a_calling_code_leads_to() -> None:
    tables = {table.name: table for table in shipped()}
    markets = {row[2] for row in tables["markets"].rows}
    of_meta = [row for row in tables["rates"].rows if row[0] == "meta"]
    assert len(of_meta) > 1_800
    assert {row[3] for row in of_meta} <= markets
    assert all(row[-1] for row in of_meta)


async def test_an_import_prices_the_next_message_and_not_the_last(settings: Settings, database: Database) -> None:
    async with owner_transaction(settings) as tx:
        await catalog.load(tx, catalog.shipped(), NOW)
    named = rates("India,marketing,USD,0.0125,2027-01-01,announced")
    async with owner_transaction(settings) as tx:
        before = await catalog.current(tx)
        await cards.apply(tx, "meta", changes(request(), before.cards["meta"], named), NOW)
    async with database.unscoped() as tx:
        after = await catalog.current(tx)
        lines = await cards.versions(tx)
        sources = await tx.fetch(
            "SELECT category, source FROM rates WHERE card = 'meta' AND version = $1 AND market = 'India' AND currency = 'USD'"
            " AND category IN ('marketing', 'utility') ORDER BY category",
            IMPORTED_FROM,
        )
    event = Event("delivered", NOW, "+1", "+919876543210", "m", "template", "marketing")
    amounts = [rate([event._replace(at=at)], after)[-1].amount_micros for at in (NOW, datetime(2027, 1, 1, tzinfo=UTC))]
    assert amounts == [11_800, 12_500]
    assert after.cards["meta"][:-1] == before.cards["meta"]
    assert [row["source"].partition(":")[0] for row in sources] == [
        "announced",
        "Carried over from the card of 2026-10-01",
    ]
    assert (lines[-1].card, lines[-1].version, lines[-1].source) == ("meta", IMPORTED_FROM, "a test")
    assert [line[:5] for line in lines[:-1]] == [
        line[:5] for line in sorted(shipped_versions(), key=lambda v: (v[1], v[0], v[3]))
    ]


async def test_a_version_to_come_can_be_corrected_and_keeps_its_sources(settings: Settings, database: Database) -> None:
    async with owner_transaction(settings) as tx:
        await catalog.load(tx, catalog.shipped(), NOW)
        for text in ("0.0125", "0.0126"):
            named = rates(f"India,marketing,USD,{text},2027-01-01,read {text}")
            found = changes(request(), (await catalog.current(tx)).cards["meta"], named)
            await cards.apply(tx, "meta", found, NOW)
            assert found[0].replaces == (text == "0.0126")
        rows = await tx.fetch(
            "SELECT amount_micros, source FROM rates WHERE card = 'meta' AND version = $1 AND market = 'India'"
            " AND category IN ('marketing', 'utility') AND currency = 'USD' ORDER BY category",
            IMPORTED_FROM,
        )
        assert [row["amount_micros"] for row in rows] == [12_600, 1_400]
        assert rows[0]["source"] == "read 0.0126"
        assert rows[1]["source"].startswith("Carried over from the card of 2026-10-01: ")
        assert "Carried over" not in rows[1]["source"][10:]


async def test_a_later_release_with_a_version_for_the_same_date_leaves_the_imported_one(
    settings: Settings, database: Database
) -> None:
    async with owner_transaction(settings) as tx:
        await catalog.load(tx, catalog.shipped(), NOW)
        named = rates("India,marketing,USD,0.0125,2027-01-01,announced")
        await cards.apply(tx, "meta", changes(request(), META, named), NOW)
        tables = {table.name: table for table in shipped()}
        tables["rate_card_versions"].rows.append(("meta", 13, date(2027, 1, 1), "meta_messages_service", "released"))
        tables["rates"].rows.append(("meta", 13, "meta", "India", "marketing", "USD", 0, 99, "released"))
        assert await catalog.load(tx, list(tables.values()), NOW) == 0
        found = (await catalog.current(tx)).card_version("meta", date(2027, 1, 1))
    assert found is not None and found.version == IMPORTED_FROM
    assert found.rates[INDIA] == (Step(0, 12_500),)


MARKETS = "prefix,effective_from,market,source"


def test_markets_to_come_are_added_or_corrected_and_history_is_refused() -> None:
    standing = {
        **shipped_catalog().markets,
        "84": ((date(2000, 1, 1), "Rest of Asia Pacific"), (date(2027, 4, 1), "X")),
    }

    def found(*rows: str) -> list[str]:
        return [
            change.line()
            for change in market_changes.changes(standing, market_changes.read([MARKETS, *rows], "m.csv"), TODAY)
        ]

    assert found("84,2027-01-01,Vietnam,announced") == ["+84 from 2027-01-01: Rest of Asia Pacific -> Vietnam"]
    assert found("+84,2027-04-01,Vietnam,announced") == ["+84 from 2027-04-01: X -> Vietnam"]
    assert found("1345,2027-01-01,Cayman,a", "850,2027-01-01,Y,a") == [
        "+1345 from 2027-01-01: Other -> Cayman",
        "+850 from 2027-01-01: Other -> Y",
    ]
    assert found("91,2000-01-01,India,again") == []
    with pytest.raises(Conflict, match="That date has begun"):
        found("91,2026-11-23,Bharat,a")
    with pytest.raises(InvalidInput, match="no market"):
        found()
    for row in ("x,2027-01-01,A,a", "84,soon,A,a", "12345678,2027-01-01,A,a", "84,2027-01-01,,a", "84"):
        with pytest.raises(CardFileError, match=r"m.csv:2: "):
            found(row)
    with pytest.raises(CardFileError, match="lacks the column source"):
        market_changes.read(["prefix,effective_from,market"], "m.csv")


async def test_an_imported_market_takes_its_customers_from_its_day_on(settings: Settings, database: Database) -> None:
    async with owner_transaction(settings) as tx:
        await catalog.load(tx, catalog.shipped(), NOW)
        for market in ("Nam", "Vietnam"):
            rows = [market_changes.Market("84", date(2027, 1, 1), market, "announced")]
            await cards.apply_markets(tx, market_changes.changes((await catalog.current(tx)).markets, rows, TODAY), NOW)
        found = await catalog.current(tx)
    days = (date(2026, 12, 31), date(2027, 1, 1))
    assert [found.market_of("+84912345678", None, day) for day in days] == ["Rest of Asia Pacific", "Vietnam"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    """The command; its exit code, what it says and what it complains about."""
    with pytest.raises(SystemExit) as ended:
        cli.app(["cards", *arguments])
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


async def test_the_command_shows_first_and_writes_when_told(
    settings: Settings,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with owner_transaction(settings) as tx:
        await catalog.load(tx, catalog.shipped(), NOW)
    monkeypatch.setenv("HOBNOB_DATABASE_URL", settings.database_url)
    file = tmp_path / "card.csv"
    file.write_text(f"{HEADER}\nIndia,marketing,USD,0.0125,2101-01-01,announced")

    def command(*arguments: str) -> tuple[object, str, str]:
        return run(capsys, *arguments)

    code, out, err = await asyncio.to_thread(command, "import", str(file))
    assert (code, err) == (0, "")
    assert "  ~ India, marketing, USD  0.0118 -> 0.0125\n" in out and "Nothing was written" in out
    assert "2101" not in (await asyncio.to_thread(command, "list"))[1]
    code, out, _ = await asyncio.to_thread(command, "import", str(file), "--apply")
    assert code == 0 and out.endswith("Imported.\n")
    assert "meta 1001  from 2101-01-01" in (await asyncio.to_thread(command, "list"))[1]
    assert "holds all of this already" in (await asyncio.to_thread(command, "import", str(file), "--apply"))[1]
    shown = (await asyncio.to_thread(command, "show", "--on", "2101-01-02", "--market", "india"))[1]
    assert "India                            marketing                    0.0125\n" in shown
    markets = tmp_path / "markets.csv"
    markets.write_text(f"{MARKETS}\n84,2101-01-01,Vietnam,announced")
    told = [
        (await asyncio.to_thread(command, "import-markets", str(markets), *more))[1] for more in ([], ["--apply"], [])
    ]
    assert [text.splitlines()[-1] for text in told] == [
        "Nothing was written: add --apply to import this.",
        "Imported.",
        "The table of markets holds all of this already.",
    ]
    file.write_text(f"{HEADER}\nIndia,marketing,USD,0.0125,2026-10-01,announced")
    code, out, err = await asyncio.to_thread(command, "import", str(file), "--apply")
    assert (code, out) == (1, "") and "history and does not change" in err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["import", "nowhere.csv"], 2, "No such file"),
        (["import", __file__], 2, "lacks the column"),
        (["import-markets", __file__], 2, "lacks the column"),
        (["show", "gold"], 2, "There is no card 'gold'"),
        (["show", "--on", "soon"], 2, "'soon' is no date"),
        (["show", "--on", "2020-01-01"], 1, "begins on 2023-06-01"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], code: int, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HOBNOB_DATABASE_URL", raising=False)
    ended, _, err = run(capsys, *arguments)
    assert (ended, sentence in err) == (code, True)
