"""What Python's jinja2 makes of templates, in the configuration in which transformers renders chat templates.

Reads a JSON array of {"template", "variables"} from standard input and prints a JSON array of {"text"} or {"error",
"kind"}. With --digests FOLDER CONVERSATIONS it prints an object from template file to digests of its renderings;
with --snippets FILE the file's snippets with what they give.
"""

import datetime
import hashlib
import json
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

NOW = datetime.datetime(2023, 11, 14, 22, 13, 20)


class Generation(jinja2.ext.Extension):
    """{% generation %}: a block with names of its own that writes what it holds."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("write"), [], [], body).set_lineno(line)

    def write(self, caller):
        return caller()


class Namespace(jinja2.utils.Namespace):
    def __init__(*args, **kwargs):
        self, args = args[0], args[1:]
        values = dict(*args, **kwargs)
        for name in values:
            Namespace.check(name)
        jinja2.utils.Namespace.__init__(self, values)

    def __setitem__(self, name, value):
        Namespace.check(name)
        jinja2.utils.Namespace.__setitem__(self, name, value)

    @staticmethod
    def check(name):
        if isinstance(name, str) and name.startswith("_"):
            raise jinja2.exceptions.SecurityError("attributes of a namespace must not begin with an underscore")


class Raised(jinja2.exceptions.TemplateError):
    pass


def raise_exception(message):
    raise Raised(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
)
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = NOW.strftime
environment.globals["namespace"] = Namespace


def render(template, variables):
    try:
        return {"text": environment.from_string(template).render(**variables)}
    except Raised as error:
        return {"error": str(error), "kind": "raised"}
    except Exception as error:  # whatever Python says, the template does not render
        return {"error": str(error), "kind": type(error).__name__}


def digest(result):
    """Of the text, or of what the template raised; any other error counts as such."""
    if "text" in result:
        return hashlib.sha256(b"text " + result["text"].encode()).hexdigest()
    if result["kind"] == "raised":
        return hashlib.sha256(b"raised " + str(result["error"]).encode()).hexdigest()
    return "error"


def main():
    if sys.argv[1:2] == ["--digests"]:
        import pathlib

        conversations = json.loads(pathlib.Path(sys.argv[3]).read_text())
        table = {}
        for path in sorted(pathlib.Path(sys.argv[2]).glob("*.jinja")):
            template = path.read_text()
            results = {name: render(template, variables) for name, variables in conversations.items()}
            table[path.name] = {name: digest(result) for name, result in results.items()}
        json.dump(table, sys.stdout, indent=1)
        print()
    elif sys.argv[1:2] == ["--snippets"]:
        document = json.load(open(sys.argv[2]))
        for snippet in document["snippets"]:
            snippet.pop("text", None), snippet.pop("error", None), snippet.pop("kind", None)
            snippet.update(render(snippet["template"], document["variables"]))
        json.dump(document, sys.stdout, indent=1, ensure_ascii=False)
        print()
    else:
        json.dump([render(case["template"], case["variables"]) for case in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
