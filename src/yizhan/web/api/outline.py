"""The API's own description turned into what people read: parts, operations, types, examples.

A pure function of the OpenAPI document, so the words people read and the document that machines
read cannot differ.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

Schema = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
_PREFIX = "#/components/schemas/"
_DEEP = 4
"""How far an example goes into types of types."""
_SAMPLES = {
    "uuid": "01a204d4-716f-7001-bfaf-618455544505",
    "date-time": "2026-03-01T04:00:00Z",
    "date": "2026-03-01",
}


class Shape(msgspec.Struct, frozen=True):
    """A type in a few words; ``links`` are the types in it that have a table of their own."""

    words: str
    links: tuple[str, ...] = ()


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a type, or a parameter. ``where``: path, query or header; empty in a type."""

    name: str
    shape: Shape
    required: bool
    words: str = ""
    where: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What may come back."""

    status: str
    words: str
    shape: Shape | None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the API does."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    rights: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: Shape | None
    answers: tuple[Answer, ...]
    example: str


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """A type with its fields, or with its values."""

    name: str
    words: str
    fields: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The operations of one subject and every type they speak of."""

    name: str
    words: str
    operations: tuple[Operation, ...]
    types: tuple[Type, ...]


def outline(document: Schema) -> tuple[Part, ...]:
    """The parts in the order of the document's tags. Examples call ``$YIZHAN``, our address."""
    schemas = document["components"]["schemas"]
    found: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    raw: dict[str, list[Schema]] = {name: [] for name in found}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                tag = item[method]["tags"][0]
                found[tag].append(_operation(path, method, item[method], schemas))
                raw[tag].append(item[method])
    return tuple(
        Part(
            name=tag["name"],
            words=tag["description"],
            operations=tuple(found[tag["name"]]),
            types=tuple(_types(raw[tag["name"]], schemas)),
        )
        for tag in document["tags"]
        if found[tag["name"]]
    )


def _operation(path: str, method: str, given: Schema, schemas: Schema) -> Operation:
    body = _content(given.get("requestBody"))
    rights = [right for way in given.get("security", ()) for right in way.get("oauth2", ())]
    summary = given["summary"]
    paragraphs = [part.strip() for part in given.get("description", "").split("\n\n")]
    return Operation(
        id=given["operationId"],
        method=method.upper(),
        path=path,
        summary=summary,
        paragraphs=tuple(
            part for part in paragraphs if part and part.rstrip(".") != summary.rstrip(".")
        ),
        rights=tuple(rights),
        parameters=tuple(
            Field(
                name=one["name"],
                where=one["in"],
                shape=_shape(one.get("schema", {})),
                required=one.get("required", False),
                words=one.get("description", ""),
            )
            for one in given.get("parameters", ())
        ),
        body=_shape(body) if body else None,
        answers=tuple(
            Answer(status, one["description"], _shape(shape) if (shape := _content(one)) else None)
            for status, one in sorted(given["responses"].items())
        ),
        example=_call(path, method, given, body, schemas),
    )


def _content(given: Schema | None) -> Schema | None:
    for one in (given or {}).get("content", {}).values():
        schema: Schema = one.get("schema", {})
        return schema
    return None


def _shape(schema: Schema) -> Shape:
    """A schema in a few words, like ``list of Receipt or null``."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_PREFIX)
        return Shape(name, (name,))
    if "oneOf" in schema:
        shapes = [_shape(one) for one in schema["oneOf"]]
        return Shape(" or ".join(one.words for one in shapes), _links(shapes))
    if "enum" in schema:
        return Shape(" | ".join("null" if one is None else str(one) for one in schema["enum"]))
    if "const" in schema:
        return Shape(str(schema["const"]))
    kind = schema.get("type", "anything")
    if kind == "array":
        inner = _shape(schema.get("items", {}))
        return Shape(f"list of {inner.words}", inner.links)
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        inner = _shape(schema["additionalProperties"])
        return Shape(f"map of {inner.words}", inner.links)
    if isinstance(kind, list):
        kind = " or ".join(kind)
    return Shape(f"{schema.get('format', kind)}{_bounds(schema)}")


def _bounds(schema: Schema) -> str:
    said = [
        f"{sign} {schema[key]:g}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
        if key in schema
    ]
    if "maxLength" in schema:
        said.append(f"{schema.get('minLength', 0)}–{schema['maxLength']} characters")
    return f" ({', '.join(said)})" if said else ""


def _links(shapes: Sequence[Shape]) -> tuple[str, ...]:
    return tuple(link for one in shapes for link in one.links)


def _types(operations: Sequence[Schema], schemas: Schema) -> Iterator[Type]:
    """Every type named by *operations*, and by those types, by name."""
    names: set[str] = set()
    waiting = list(_named(operations))
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            waiting += _named(schemas[name])
    for name in sorted(names):
        schema = schemas[name]
        needed = set(schema.get("required", ()))
        yield Type(
            name=name,
            words=schema.get("description", ""),
            fields=tuple(
                Field(
                    name=field,
                    shape=_shape(inner),
                    required=field in needed,
                    words=inner.get("description", ""),
                )
                for field, inner in schema.get("properties", {}).items()
            ),
            values=tuple(str(one) for one in schema.get("enum", ())),
        )


def _named(given: Any) -> Iterator[str]:
    if isinstance(given, Mapping):
        if "$ref" in given:
            yield given["$ref"].removeprefix(_PREFIX)
        for inner in given.values():
            yield from _named(inner)
    elif isinstance(given, list):
        for inner in given:
            yield from _named(inner)


def _call(path: str, method: str, given: Schema, body: Schema | None, schemas: Schema) -> str:
    """The operation as a line for a terminal."""
    asked = "&".join(
        f"{one['name']}={_sample(one.get('schema', {}), schemas)}"
        for one in given.get("parameters", ())
        if one["in"] == "query" and one.get("required")
    )
    lines = [f'curl -X {method.upper()} "$YIZHAN{path}{"?" if asked else ""}{asked}"']
    if given["operationId"] == "oauth.token":
        lines += ['-u "$CLIENT_ID:$CLIENT_SECRET"', "-d grant_type=client_credentials"]
        return " \\\n  ".join(lines)
    lines.append('-H "Authorization: Bearer $TOKEN"')
    if any(one["name"] == "Idempotency-Key" for one in given.get("parameters", ())):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if body:
        sample = json.dumps(_sample(body, schemas), ensure_ascii=False)
        lines += ['-H "Content-Type: application/json"', f"-d '{sample}'"]
    return " \\\n  ".join(lines)


def _sample(schema: Schema, schemas: Schema, depth: int = 0) -> Any:
    """Something of this type: its own example, else the least that is required."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return _sample(schemas[schema["$ref"].removeprefix(_PREFIX)], schemas, depth)
    if "oneOf" in schema:
        return _sample(schema["oneOf"][0], schemas, depth)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ()) if depth < _DEEP else ()
            inner = schema.get("properties", {})
            return {name: _sample(inner[name], schemas, depth + 1) for name in inner
                    if name in needed}  # fmt: skip
        case "array":
            return [_sample(schema.get("items", {}), schemas, depth + 1)] if depth < _DEEP else []
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case "string":
            return _SAMPLES.get(schema.get("format", ""), "…")
        case _:
            return None
