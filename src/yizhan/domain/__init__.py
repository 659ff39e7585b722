"""The business, one room per capability. Rooms are entered by their door, ``__init__``."""
