"""How webhooks become chats: accepted at the door, committed raw, applied lane by lane.

``accept`` (with ``writer`` and ``owners``) runs in the web process and answers WhatsApp; ``apply`` runs in a worker and
works through the committed events in batches; ``quarantine`` keeps what could not be applied.
"""
