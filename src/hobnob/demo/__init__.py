"""A small believable shop for a first look: Marigold & Thread, home textiles.

Owns: its story (who wrote what, when) and how it is told to Hobnob and to the simulator. Does not own: any table; it
goes the ways everything goes: signed webhooks in, the send command out, the wallet's own actions.
Invariants: telling the story twice changes nothing (every id follows from the story); it needs a simulator.
"""
