"""How well retrieval answers: question sets with the entries that rightly answer them, and the figures over a set.

``development*.yaml`` are the set the index is tuned on, so its figures flatter the index; ``held_out.yaml``, which
nobody tunes on, tells more. Cases name entries by id: an entry that is renamed or dropped must be renamed or dropped
here too, and ``evaluate`` refuses a set that names an entry the index does not have.
"""
