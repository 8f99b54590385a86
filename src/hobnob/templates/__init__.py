"""Message templates: what Meta approved, to be filled in and sent when the service window is closed.

Owns: the rows of ``templates``: synced copies of what Meta holds; reading their variables; filling them in. Does not own:
sending (``inbox``), deciding about approval (Meta).

Invariants:
- What the preview shows, what the thread shows and what goes to Meta are filled in by one function.
- A template goes out only while approved, with exactly the variables it has.
"""
