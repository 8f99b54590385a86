"""WhatsApp's own meter, live beside ours, and the comparison of both with what WhatsApp says.

Owns: what each delivered message should cost at WhatsApp (rated by `billing.history`), the price WhatsApp told with it, the
figures WhatsApp gives per day, and the class of every difference.
Does not own: the rules and rates of that meter (`billing.history`, the catalogue), what was delivered and when
(`conversations`), messages and the pricing they were told with (`inbox`).
Invariants: nothing here is money of the wallet, and nothing is posted to the ledger; all rows are a function of what was
delivered, written and told, whatever the order and the number of reports (a late one has its chat, and the steps of its
month, computed anew); totals per day are kept with the rows they sum, in the same transaction.
Reads by a join: the deliveries and referrals of `conversations`; the messages, their pricing and the customers of `inbox`;
the numbers' WhatsApp accounts. Writes nothing outside its own tables.
"""
