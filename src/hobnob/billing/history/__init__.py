"""Rating of a history of events: what each delivered message is on both meters, ours and WhatsApp's, by date. Pure.

Owns: the decisions of WhatsApp's own pricing (which message opens, joins, is charged or free), their prices, and the walk
over a whole history that `hobnob rate`, the what-if page and the live provider meter share.
Does not own: which delivered message opens a conversation of ours (`conversations.rules`, used here), the catalogue's
storage (`billing.catalog`), anything posted to a wallet (`billing.settle`).
Invariants: no input and no output; the result is a function of the set of events, whatever their order and however often
each of them is told; a window or conversation covers [start, start + length).
"""
