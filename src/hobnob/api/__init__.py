"""Faces of no single room: the description of the interface for programs, health and metrics, realtime and presence over
WebSocket, the clock that sandbox accounts share with the simulator.

Owns: open sockets, and in memory who looks at which chat. Does not own: anything that is stored, the handlers of the rooms.
Invariants: a page hears everything that commits after its first frame; presence is a courtesy and may be late, never wrong
for long.
"""
