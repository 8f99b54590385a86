"""An OpenAPI document as one page of plain HTML: every call, its parameters, bodies and errors."""

from __future__ import annotations

from html import escape
from typing import Any

DEPTH_MAX = 4
METHODS = ("get", "post", "put", "patch", "delete")
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #0a7d5a }
@media (prefers-color-scheme: dark) { :root { --accent: #4cc79a } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem 1rem 6rem; max-width: 62rem }
h1 { margin: 0 0 .25rem } h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line) } h3 { margin: 1rem 0 .25rem; font-size: 1rem }
code, pre { font: 13px/1.5 ui-monospace, monospace } a { color: var(--accent) }
nav ul { columns: 16rem; padding: 0; list-style: none; margin: .25rem 0 } nav li { padding: .1rem 0 }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .4rem 0 } details[open] > summary { border-bottom: 1px solid var(--line) }
summary { padding: .5rem .75rem; cursor: pointer; display: flex; gap: .75rem; flex-wrap: wrap; align-items: baseline }
summary b { min-width: 3.6rem; color: var(--accent) } summary code { font-weight: 600; overflow-wrap: anywhere } .body { padding: .25rem .75rem .75rem }
table { border-collapse: collapse; width: 100%; table-layout: auto } td, th { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-top: 1px solid var(--line) }
td:first-child { white-space: nowrap } ul.fields { margin: 0; padding-left: 1.1rem } .type { opacity: .75 } .wrap { overflow-x: auto }
"""


def render(spec: dict[str, Any]) -> str:
    """The whole page."""
    schemas = spec.get("components", {}).get("schemas", {})
    groups: dict[str, list[str]] = {}
    index: dict[str, list[str]] = {}
    for path, item in spec.get("paths", {}).items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            tag = (operation.get("tags") or ["Other"])[0]
            anchor = f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}"
            groups.setdefault(tag, []).append(_operation(anchor, method, path, operation, schemas))
            title = escape(operation.get("summary") or path)
            index.setdefault(tag, []).append(f'<li><a href="#{escape(anchor)}">{title}</a></li>')
    about = {tag["name"]: tag.get("description") or "" for tag in spec.get("tags", [])}
    order = [name for name in about if name in groups] + [name for name in groups if name not in about]
    info = spec["info"]
    contents = "".join(f"<h3>{escape(name)}</h3><ul>{''.join(index[name])}</ul>" for name in order)
    body = "".join(f"<h2>{escape(name)}</h2>{_text(about.get(name, ''))}{''.join(groups[name])}" for name in order)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(info["title"])} API</title><link rel="icon" href="/favicon.svg"><style>{STYLE}</style></head>'
        f"<body><h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>"
        f'<p><a href="/openapi.json">openapi.json</a> (OpenAPI {escape(spec["openapi"])})</p>'
        f"{_text(info.get('description', ''))}<nav>{contents}</nav><main>{body}</main></body></html>"
    )


def _operation(anchor: str, method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    parts = [_text(operation.get("description", ""))]
    if parameters := operation.get("parameters"):
        rows = "".join(_parameter(parameter, schemas) for parameter in parameters)
        parts.append(f"<h3>Parameters</h3><table>{rows}</table>")
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<h3>Body <small>{escape(media_type)}</small></h3>{_schema(content.get('schema', {}), schemas)}")
    rows = "".join(_response(status, response, schemas) for status, response in sorted(operation["responses"].items()))
    parts.append(f'<h3>Answers</h3><div class="wrap"><table>{rows}</table></div>')
    return (
        f'<details id="{escape(anchor)}"><summary><b>{method.upper()}</b><code>{escape(path)}</code>'
        f"<span>{escape(operation.get('summary') or '')}</span></summary><div class=body>{''.join(parts)}</div></details>"
    )


def _parameter(parameter: dict[str, Any], schemas: dict[str, Any]) -> str:
    need = " (required)" if parameter.get("required") else ""
    return (
        f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{escape(parameter['in'])}{need}</td>"
        f"<td>{_schema(parameter.get('schema', {}), schemas)}{escape(parameter.get('description') or '')}</td></tr>"
    )


def _response(status: str, response: dict[str, Any], schemas: dict[str, Any]) -> str:
    content = response.get("content", {})
    shape = ""
    for media_type, described in content.items():
        if media_type == "application/problem+json":
            shape += '<span class="type">problem document</span>'
        else:
            shape += f'<span class="type">{escape(media_type)}</span> {_schema(described.get("schema", {}), schemas)}'
    return f"<tr><td>{escape(status)}</td><td>{escape(response.get('description') or '')} {shape}</td></tr>"


def _schema(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0, seen: tuple[str, ...] = ()) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        if name in seen or depth >= DEPTH_MAX:
            return f'<span class="type">{escape(name)}</span>'
        return _schema(schemas.get(name, {}), schemas, depth, (*seen, name))
    for key in ("oneOf", "anyOf"):
        if key in schema:
            options = [_schema(option, schemas, depth + 1, seen) for option in schema[key]]
            return ' <span class="type">or</span> '.join(options)
    if schema.get("type") == "array":
        return f'<span class="type">list of</span> {_schema(schema.get("items", {}), schemas, depth, seen)}'
    if "properties" not in schema:
        return f'<span class="type">{_kind(schema)}</span> '
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<li><code>{escape(field)}</code>{'' if field in required else '?'} {_schema(inner, schemas, depth + 1, seen)}"
        f"{escape(inner.get('description') or '')}</li>"
        for field, inner in schema["properties"].items()
    )
    return f'<ul class="fields">{rows}</ul>'


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "any")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "enum" in schema:
        text = " | ".join(repr(value) for value in schema["enum"])
    if "const" in schema:
        text = repr(schema["const"])
    if schema.get("format"):
        text += f" ({schema['format']})"
    limits = {"minimum": "from", "maximum": "to", "minLength": "length from", "maxLength": "length to"}
    text += "".join(f" {word} {schema[key]}" for key, word in limits.items() if key in schema)
    return escape(text)


def _text(text: str) -> str:
    paragraphs = [escape(part.strip()) for part in text.split("\n\n") if part.strip()]
    with_code = [
        "".join(f"<code>{bit}</code>" if n % 2 else bit for n, bit in enumerate(part.split("`"))) for part in paragraphs
    ]
    return "".join(f"<p>{part}</p>" for part in with_code)
