"""What must hold of invoices, as queries that find what does not; ``billing.prove`` runs them. $1 is the lane."""

from __future__ import annotations

# Each charge but tax is on exactly one invoice once its month is invoiced: counted by the rule of what an invoice covers.
_ONCE = (
    "SELECT c.account_id, c.id AS charge, count(i.id) AS invoices FROM charges c"
    " JOIN (SELECT account_id, max(month) AS month, max(upto_n) AS upto_n FROM invoices WHERE lane = $1"
    "  GROUP BY account_id) last ON last.account_id = c.account_id AND c.n <= last.upto_n"
    "  AND c.day < last.month + interval '1 month'"
    " LEFT JOIN invoices i ON i.lane = c.lane AND i.account_id = c.account_id AND c.n <= i.upto_n"
    "  AND ((c.day >= i.month AND c.day < i.month + interval '1 month') OR (c.day < i.month AND c.n > i.after_n))"
    " WHERE c.lane = $1 AND c.meter <> 'tax' GROUP BY c.account_id, c.id HAVING count(i.id) <> 1"
)
_CHARGES = (
    "SELECT i.account_id, i.number, i.charged_micros, coalesce(sum(c.amount_micros), 0)::bigint AS charges"
    " FROM invoices i LEFT JOIN charges c ON c.lane = i.lane AND c.account_id = i.account_id AND c.meter <> 'tax'"
    "  AND c.n <= i.upto_n"
    "  AND ((c.day >= i.month AND c.day < i.month + interval '1 month') OR (c.day < i.month AND c.n > i.after_n))"
    " WHERE i.lane = $1 GROUP BY i.account_id, i.id, i.number, i.charged_micros"
    " HAVING i.charged_micros <> coalesce(sum(c.amount_micros), 0)"
)
_KEPT = (
    "SELECT r.account_id, coalesce(t.amount, 0) AS kept, coalesce(c.amount, 0) AS charged, t.quantity, c.quantity AS charges"
    " FROM invoice_rolls r LEFT JOIN (SELECT account_id, sum(amount_micros)::bigint AS amount, sum(quantity)::bigint AS"
    "  quantity FROM invoice_totals WHERE lane = $1 GROUP BY account_id) t ON t.account_id = r.account_id"
    " LEFT JOIN LATERAL (SELECT sum(amount_micros)::bigint AS amount, sum(CASE WHEN reverses_id IS NULL THEN quantity"
    "  ELSE -quantity END)::bigint AS quantity FROM charges c WHERE c.lane = $1 AND c.account_id = r.account_id"
    "  AND c.n <= r.rolled_n AND c.meter <> 'tax') c ON true"
    " WHERE r.lane = $1 AND (coalesce(t.amount, 0), coalesce(t.quantity, 0)) <> (coalesce(c.amount, 0), coalesce(c.quantity, 0))"
)
_CHAIN = (
    "SELECT account_id, number, after_n, before FROM ("
    "  SELECT account_id, number, after_n, coalesce(lag(upto_n) OVER (PARTITION BY account_id ORDER BY month), 0) AS before"
    "  FROM invoices WHERE lane = $1) chain WHERE after_n <> before"
)
_LINES = (
    "SELECT i.account_id, i.number, i.charged_micros, i.net_micros, l.charged, l.net FROM invoices i LEFT JOIN ("
    "  SELECT invoice_id, sum(charged_micros)::bigint AS charged, sum(amount_micros)::bigint AS net FROM invoice_lines"
    "  WHERE lane = $1 GROUP BY invoice_id) l ON l.invoice_id = i.id"
    " WHERE i.lane = $1 AND (i.charged_micros, i.net_micros) IS DISTINCT FROM (l.charged, l.net)"
)
_TAXES = (
    "SELECT i.account_id, i.number, i.tax_micros, t.tax FROM invoices i LEFT JOIN ("
    "  SELECT invoice_id, sum(amount_micros)::bigint AS tax FROM invoice_taxes WHERE lane = $1 GROUP BY invoice_id) t"
    " ON t.invoice_id = i.id WHERE i.lane = $1 AND i.tax_micros <> coalesce(t.tax, 0)"
)
_TAX_RATES = (
    "SELECT t.account_id, t.invoice_id, t.line_n, t.type, t.amount_micros FROM invoice_taxes t"
    " JOIN invoice_lines l ON l.lane = t.lane AND l.invoice_id = t.invoice_id AND l.n = t.line_n"
    # Half a coin and less is rounding; no coin is larger than one unit.
    " WHERE t.lane = $1 AND abs(t.amount_micros - l.amount_micros::numeric * t.rate_ppm / 1000000) > 500000"
)
# Tax below zero, of late corrections, is given back by a posting; any other is a charge named after the invoice and tax.
_TAX_CHARGED = (
    "SELECT coalesce(t.account_id, c.account_id) AS account_id, coalesce(t.item, c.item) AS item, t.tax, c.charged FROM ("
    "  SELECT account_id, 'tax:' || invoice_id || ':' || type AS item, sum(amount_micros)::bigint AS tax FROM invoice_taxes"
    "  WHERE lane = $1 GROUP BY account_id, invoice_id, type HAVING sum(amount_micros) > 0) t"
    " FULL JOIN (SELECT account_id, item, sum(amount_micros)::bigint AS charged FROM charges"
    "  WHERE lane = $1 AND meter = 'tax' GROUP BY account_id, item) c USING (account_id, item)"
    " WHERE t.tax IS DISTINCT FROM c.charged"
)
_NOTES = (
    "SELECT n.account_id, n.number, n.net_micros, n.tax_micros, l.net, l.tax FROM credit_notes n LEFT JOIN ("
    "  SELECT credit_note_id, sum(amount_micros)::bigint AS net, sum((SELECT coalesce(sum((t->>'amount_micros')::bigint), 0)"
    "   FROM jsonb_array_elements(taxes) t))::bigint AS tax FROM credit_note_lines WHERE lane = $1 GROUP BY credit_note_id) l"
    " ON l.credit_note_id = n.id WHERE n.lane = $1 AND (n.net_micros, n.tax_micros) IS DISTINCT FROM (l.net, l.tax)"
)
_NOTES_WITHIN = (
    "SELECT l.account_id, l.invoice_id, l.n AS line, l.amount_micros, sum(c.amount_micros)::bigint AS credited"
    " FROM invoice_lines l JOIN credit_note_lines c ON c.lane = l.lane AND c.invoice_id = l.invoice_id AND c.line_n = l.n"
    " WHERE l.lane = $1 GROUP BY l.account_id, l.invoice_id, l.n, l.amount_micros"
    " HAVING sum(c.amount_micros) > l.amount_micros"
)
_NOTES_PAID = (
    "SELECT n.account_id, n.number, n.total_micros, t.paid FROM credit_notes n LEFT JOIN ("
    "  SELECT m.transaction_id, sum(m.amount_micros)::bigint AS paid FROM block_movements m"
    "  WHERE m.lane = $1 AND m.reason = 'credit' GROUP BY m.transaction_id) t ON t.transaction_id = n.transaction_id"
    " WHERE n.lane = $1 AND n.total_micros IS DISTINCT FROM t.paid"
)
# Numbers are global, lanes are not: each lane proves that its numbers exist once and follow one another.
_NUMBERED = (
    "SELECT coalesce(d.account_id, n.account_id) AS account_id, d.number AS document, n.number AS registered FROM ("
    "  SELECT account_id, id, number FROM invoices WHERE lane = $1"
    "  UNION ALL SELECT account_id, id, number FROM credit_notes WHERE lane = $1) d"
    " FULL JOIN (SELECT account_id, document_id, number FROM document_numbers WHERE lane = $1) n"
    " ON n.document_id = d.id AND n.number = d.number AND n.account_id = d.account_id"
    " WHERE d.number IS NULL OR n.number IS NULL"
)
_GAPS = (
    "SELECT account_id, number FROM document_numbers n WHERE lane = $1 AND n.n > 1"
    " AND NOT EXISTS (SELECT 1 FROM document_numbers b WHERE b.series = n.series AND b.n = n.n - 1)"
)
_PAPER = "SELECT account_id, id AS document FROM invoice_documents WHERE lane = $1 AND sha256 <> sha256(pdf)"
QUERIES = (
    ("a charge is not on exactly one invoice", _ONCE),
    ("an invoice is not the sum of its charges", _CHARGES),
    ("the totals kept for invoices are not the charges", _KEPT),
    ("an invoice does not begin where the one before it ended", _CHAIN),
    ("an invoice is not the sum of its lines", _LINES),
    ("an invoice's tax is not the sum of its lines' taxes", _TAXES),
    ("a tax is not its rate of the line", _TAX_RATES),
    ("the tax of an invoice is not what was charged for it", _TAX_CHARGED),
    ("a credit note is not the sum of its lines", _NOTES),
    ("credit notes exceed the line they name", _NOTES_WITHIN),
    ("a credit note was not given back to the wallet", _NOTES_PAID),
    ("a document and its number do not belong together", _NUMBERED),
    ("a number before this one is missing", _GAPS),
    ("a kept document was changed", _PAPER),
)
# What came back to wallets out of revenue and tax without being a charge, per account.
GIVEN_BACK = (
    "SELECT account_id, total_micros AS given FROM credit_notes WHERE lane = $1 UNION ALL"
    " SELECT account_id, -sum(amount_micros) FROM invoice_taxes WHERE lane = $1 GROUP BY account_id, invoice_id, type"
    " HAVING sum(amount_micros) < 0"
)
