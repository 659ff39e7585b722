"""Yizhan 一站: the whole service house of a telecom operator in one program."""

__version__ = "0.1.0"
