"""A text in the two languages of the house."""

import msgspec


class Text(msgspec.Struct, frozen=True):
    """Words for people: Chinese and English, neither empty."""

    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en
