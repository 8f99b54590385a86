"""Faces that join rooms: the description of the interface for programs, and realtime over WebSocket.

Owns: nothing that is stored. Does not own: the handlers of the rooms.
"""
