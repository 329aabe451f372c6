#!/usr/bin/env python3
"""Renders chat templates and small cases with Jinja2, set up as transformers sets it up.

The results are what the tests of io.longhaul.engine.text.template compare with.

  templates.py --templates llama.cpp/models/templates --out engine/src/test/resources/io/longhaul/engine/text/template

Needs: jinja2 3.1, transformers 5.24 or newer.
"""

import argparse
import gzip
import json
import pathlib
from datetime import datetime

from transformers.utils.chat_template_utils import _cached_compile_jinja_template

from template_cases import CASES

NOW = datetime(2026, 11, 24, 9, 5, 7)


def compile_template(source):
    template = _cached_compile_jinja_template(source)
    template.environment.globals["strftime_now"] = lambda fmt: NOW.strftime(fmt)
    return template


def render(source, variables):
    """What Jinja2 makes of it: {"output": text} or {"error": message}."""
    try:
        output = compile_template(source).render(**variables)
        output.encode("utf-8")
        return {"output": output}
    except Exception as e:  # whatever Jinja2 or Python raises is a failed rendering
        return {"error": f"{type(e).__name__}: {e}"}


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a city, \"now\" & later <today>.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Name of the city, e.g. São Paulo"},
                    "days": {"type": "integer", "description": "How many days", "default": 1},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "search",
            "description": "Searches.",
            "parameters": {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What to look for"},
                    "filters": {
                        "type": "array",
                        "description": "Filters",
                        "items": {"type": "object", "properties": {"key": {"type": "string"}}},
                    },
                },
                "required": ["query"],
            },
        },
    },
]

SYSTEM = {"role": "system", "content": "You are a helpful assistant.\nBe brief."}
USER = {"role": "user", "content": "  What is the weather in Oslo?\n\tAnd in 東京 🌦? <|im_end|>  "}


def call(name, arguments, call_id):
    return {"type": "function", "id": call_id, "function": {"name": name, "arguments": arguments}}


def with_arguments(convert):
    return [
        SYSTEM,
        USER,
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                call("get_weather", convert({"city": "Oslo", "days": 3, "unit": "celsius"}), "call00001")
            ],
        },
        {"role": "tool", "name": "get_weather", "tool_call_id": "call00001", "content": "{\"temp\": 12.5}"},
        {"role": "assistant", "content": "It is 12.5 °C in Oslo."},
        {"role": "user", "content": "Thanks. And the news?"},
    ]


PARALLEL = [
    USER,
    {
        "role": "assistant",
        "content": "I will look.",
        "reasoning_content": "Two calls are needed.",
        "thinking": "Two calls are needed.",
        "tool_calls": [
            call("get_weather", {"city": "Oslo"}, "call00001"),
            call("search", {"query": "a \"quoted\" \\ word", "filters": [{"key": "x"}], "n": 1.5, "ok": True, "no": None}, "call00002"),
        ],
    },
    {"role": "tool", "name": "get_weather", "tool_call_id": "call00001", "content": "12C"},
    {"role": "tool", "name": "search", "tool_call_id": "call00002", "content": "nothing"},
]

REASONING = [
    {"role": "user", "content": "2+2?"},
    {"role": "assistant", "content": "4", "reasoning_content": "Simple sum.", "thinking": "Simple sum."},
    {"role": "user", "content": "3+3?"},
    {"role": "assistant", "content": "<think>\nagain\n</think>\n\n6"},
    {"role": "user", "content": "And 4+4?"},
]

PARTS = [
    {"role": "system", "content": [{"type": "text", "text": "System part."}]},
    {"role": "user", "content": [{"type": "text", "text": "First."}, {"type": "text", "text": "Second."}]},
    {"role": "assistant", "content": [{"type": "text", "text": "Answer."}]},
    {"role": "user", "content": [{"type": "text", "text": "Third."}]},
]

MULTI = [SYSTEM, USER, {"role": "assistant", "content": "Cold.\n"}, {"role": "user", "content": "How cold?"}]


def context(messages, tools=None, generate=True, **more):
    return {
        "messages": messages,
        "tools": tools,
        "documents": None,
        "add_generation_prompt": generate,
        "bos_token": "<|bos|>",
        "eos_token": "<|eos|>",
        **more,
    }


CONTEXTS = {
    "user": context([USER]),
    "multi": context(MULTI),
    "tools": context(with_arguments(lambda a: a), TOOLS),
    "tools-user": context([SYSTEM, USER], TOOLS),
    "arguments-json": context(with_arguments(json.dumps), TOOLS),
    "parallel": context(PARALLEL, TOOLS),
    "reasoning": context(REASONING),
    "thinking-off": context(REASONING, enable_thinking=False, thinking=False, reasoning_effort="high"),
    "parts": context(PARTS),
    "tools-empty": context([SYSTEM, USER], [], functions=json.dumps(TOOLS), datetime="today"),
    "tools-flat": context([USER], [
        {"name": "get_weather", "description": "Weather.", "parameter_definitions": {
            "city": {"description": "A city", "type": "str", "required": True}}}]),
    "no-generation": context(MULTI, generate=False),
}

GLM = {
    "default": (context([{"role": "user", "content": "Hi"}]),
                "[gMASK]<sop><|system|>Reasoning Effort: Max<|user|>Hi<|assistant|><think>"),
    "high": (context([{"role": "user", "content": "Hi"}], reasoning_effort="high"),
             "[gMASK]<sop><|system|>Reasoning Effort: High<|user|>Hi<|assistant|><think>"),
    "off": (context([{"role": "user", "content": "Hi"}], enable_thinking=False),
            "[gMASK]<sop><|user|>Hi<|assistant|><think></think>"),
    "call": (context([
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "reasoning_content": "need tool", "content": "Checking.", "tool_calls": [
            call("get_weather", {"city": "Oslo", "days": 3}, "1")]},
        {"role": "tool", "content": "12C"},
        {"role": "tool", "content": "30C"},
    ]),
        "[gMASK]<sop><|system|>Reasoning Effort: Max<|user|>Hi"
        "<|assistant|><think>need tool</think>Checking.<tool_call>get_weather<arg_key>city</arg_key>"
        "<arg_value>Oslo</arg_value><arg_key>days</arg_key><arg_value>3</arg_value></tool_call>"
        "<|observation|><tool_response>12C</tool_response><tool_response>30C</tool_response><|assistant|><think>"),
    "clear": (context([
        {"role": "user", "content": "A"},
        {"role": "assistant", "reasoning_content": "old", "content": "B"},
        {"role": "user", "content": "C"},
    ]),
        "[gMASK]<sop><|system|>Reasoning Effort: Max<|user|>A<|assistant|><think></think>B<|user|>C<|assistant|><think>"),
    "keep": (context([
        {"role": "user", "content": "A"},
        {"role": "assistant", "reasoning_content": "old", "content": "B"},
        {"role": "user", "content": "C"},
    ], clear_thinking=False),
        "[gMASK]<sop><|system|>Reasoning Effort: Max<|user|>A<|assistant|><think>old</think>B<|user|>C<|assistant|><think>"),
}


def write(path, document):
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # mtime 0: the same input gives the same file.
    path.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--templates", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()

    templates = []
    refused = []
    for file in sorted(options.templates.glob("*.jinja")):
        source = file.read_text(encoding="utf-8")
        cases = {name: render(source, variables) for name, variables in CONTEXTS.items()}
        templates.append({"name": file.name, "source": source, "cases": cases})
        for name, result in cases.items():
            if "error" in result:
                refused.append(f"{file.name} {name}: {result['error'][:160]}")
    write(options.out / "chat-templates.json.gz",
          {"now": NOW.isoformat(), "contexts": CONTEXTS, "templates": templates})
    print(f"{len(templates)} templates x {len(CONTEXTS)} contexts; Jinja2 itself refuses {len(refused)}:")
    print("\n".join(refused))

    glm = (options.out / "glm-5.2.jinja").read_text(encoding="utf-8")
    glm_cases = {}
    for name, (variables, expected) in GLM.items():
        result = render(glm, variables)
        assert result == {"output": expected}, (name, result, expected)
        glm_cases[name] = {"variables": variables, "output": expected}
    tools = render(glm, CONTEXTS["parallel"])
    glm_cases["tools"] = {"variables": CONTEXTS["parallel"], **tools}
    write(options.out / "glm-5.2.json.gz", glm_cases)

    cases = []
    for template, variables in CASES:
        cases.append({"template": template, "variables": variables, **render(template, variables)})
    failing = sum("error" in case for case in cases)
    write(options.out / "template-cases.json.gz", cases)
    print(f"{len(cases)} small cases, {failing} of them errors")


if __name__ == "__main__":
    main()
