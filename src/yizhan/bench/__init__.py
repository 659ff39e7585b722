"""Proof by measure and by chance: an independent oracle, random plans and months, benchmarks.

Nothing of the product imports this; it looks at the product from outside.
"""
