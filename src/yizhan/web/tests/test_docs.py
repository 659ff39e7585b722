"""The API as pages for people: nothing left out, nothing dangling, nothing from elsewhere."""

import re
from typing import Any

import httpx
import pytest

from yizhan.web.api.outline import Shape, outline


@pytest.fixture
async def document(visitor: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await visitor.get("/api/openapi.json")).json()
    return found


async def test_every_operation_can_be_read_with_its_right_and_an_example(
    visitor: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    front = await visitor.get("/api/docs")
    assert front.status_code == 200
    for path, item in document["paths"].items():
        for operation in item.values():
            part, name = operation["tags"][0].lower(), operation["operationId"]
            assert f'href="/api/docs/{part}#{name}"' in front.text
            page = (await visitor.get(f"/api/docs/{part}")).text
            section = page.partition(f'id="{name}"')[2].partition("</section>")[0]
            assert path in section and "curl -X" in section
            for way in operation.get("security", ()):
                assert all(right in section for right in way.get("oauth2", ())), path


async def test_every_type_spoken_of_has_its_table_on_the_page(
    visitor: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    linked = 0
    for tag in document["tags"]:
        page = (await visitor.get(f"/api/docs/{tag['name']}")).text
        wanted = set(re.findall(r'href="#(type-[^"]+)"', page))
        assert wanted <= set(re.findall(r'id="(type-[^"]+)"', page)), tag["name"]
        linked += len(wanted)
    assert linked > 100


@pytest.mark.parametrize(("language", "title"), [("zh", "接口说明"), ("en", "The API in words")])
async def test_it_needs_nothing_from_elsewhere_and_speaks_two_languages(
    visitor: httpx.AsyncClient, language: str, title: str
) -> None:
    answer = await visitor.get("/api/docs", headers={"Accept-Language": language})
    assert title in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "script-src 'self'" in policy
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
    assert "<script" not in answer.text


async def test_an_unknown_part_is_not_found(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/api/docs/nothing", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "nothing" in answer.text


def test_shapes_are_said_in_words() -> None:
    document = {
        "tags": [{"name": "A", "description": "a"}],
        "paths": {
            "/x": {
                "get": {
                    "tags": ["A"],
                    "operationId": "a.x",
                    "summary": "X",
                    "responses": {
                        "200": {
                            "description": "Done.",
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "oneOf": [
                                            {
                                                "type": "array",
                                                "items": {"$ref": "#/components/schemas/T"},
                                            },
                                            {"type": "null"},
                                        ]
                                    }
                                }
                            },
                        }
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "T": {
                    "type": "object",
                    "required": ["n"],
                    "properties": {
                        "n": {"type": "integer", "exclusiveMinimum": 0.0},
                        "s": {"type": "string", "maxLength": 5},
                    },
                }
            }
        },
    }
    (part,) = outline(document)
    assert part.operations[0].answers[0].shape == Shape("list of T or null", ("T",))
    assert [one.shape.words for one in part.types[0].fields] == [
        "integer (> 0)",
        "string (0–5 characters)",
    ]
    assert [one.required for one in part.types[0].fields] == [True, False]
    assert part.operations[0].example.startswith('curl -X GET "$YIZHAN/x"')
