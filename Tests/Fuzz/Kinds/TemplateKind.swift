import Foundation
import Templates
import Tokenization

/// Chat templates: parsed, and rendered with little time and memory.
enum TemplateKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    [InputForm(fileName: "template.jinja", mutator: TextMutator(seeds, words: words), read: read)]
  }

  private static let variables: JinjaDictionary = [
    "messages": [
      ["role": "system", "content": "be brief"], ["role": "user", "content": "a <b> \u{E9}\n"],
      ["role": "assistant", "content": "", "tool_calls": [["function": ["name": "f", "arguments": ["x": 1]]]]],
      ["role": "assistant", "content": "yes"],
    ],
    "tools": [["type": "function", "function": ["name": "f", "parameters": ["type": "object"]]]],
    "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true, "documents": .none, "n": 3,
    "f": .float(2.5), "items": [1, "b", .none, [1, 2], ["k": "v"]],
  ]

  private static func read(_ file: URL, _ bytes: [UInt8]) throws {
    let template = try ChatTemplate(jinja: String(decoding: bytes, as: UTF8.self), name: file.path)
    _ = template.mentions("tools")
    let program = try JinjaTemplate(template.jinja)
    // No answer depends on the day.
    let clock = JinjaClock(date: Date(timeIntervalSince1970: 1e9), timeZone: .gmt)
    let limits = JinjaLimits(steps: 200_000, outputBytes: 1 << 20, textBytes: 1 << 20)
    let rendering = try program.renderMarkingGeneration(variables, limits: limits, clock: clock)
    for range in rendering.generationRanges where range.upperBound > rendering.text.utf8.count {
      throw CocoaError(.coderInvalidValue, userInfo: [NSLocalizedDescriptionKey: "\(range) is beyond the text"])
    }
  }

  private static let seeds =
    ChatTemplate.allCases.map(\.jinja) + [
      """
      {%- macro show(x, y=1) -%}{{ x }}{{ y }}{{ caller() if caller else '' }}{%- endmacro -%}
      {%- set ns = namespace(found=false, n=0) -%}
      {%- for m in messages if m.role != 'system' -%}
        {%- if loop.first and not loop.last %}{{ bos_token }}{% elif loop.index0 % 2 == 1 %}{% continue %}{% endif -%}
        {%- set ns.n = ns.n + 1 %}{{ loop.cycle('a', 'b') ~ show(m['content'] | trim, y=ns.n) }}
        {%- if m.tool_calls is defined %}{{ m.tool_calls[0].function | tojson(indent=2) }}{% endif -%}
      {%- else -%}none{%- endfor -%}
      {%- if add_generation_prompt %}{% generation %}{{ eos_token }}{% endgeneration %}{% endif -%}
      """,
      """
      {{ items | map('string') | join(', ') }}{{ items[1:3] }}{{ items[::-1] | list | length }}{{ 'a-b'.split('-')[-1] }}
      {{ '%s %5.2f %x' % ('a', f, 255) }}{{ '{:>8,}'.format(1234567) }}{{ "x" * 3 }}{{ 7 // -2 }}{{ 7 % -2 }}{{ 2 ** 10 }}
      {{ dict(a=1).items() | list }}{{ range(0, 10, 3) | list }}{{ strftime_now('%d %b %Y') }}
      {{ messages | selectattr('role', 'equalto', 'user') | list | last }}{{ (n > 2 and f < 3) or not n in [1] }}
      {% filter upper %}a{% endfilter %}
      """,
      """
      {% set x = {'a': [1, 2, {'b': none}], 'c': "q\\n"} %}{% set y %}block{% endset %}{{ x.a[2].b is none }}{{ y | upper }}
      {% raw %}{{ not }}{% endraw %}{# a comment #}{{ x | dictsort | tojson }}{{ 'é日本'[1:] | capitalize | indent(2) }}
      {% for k, v in x.items() %}{{ k ~ v }}{% endfor %}{{ 'abc' | replace('b', 'xx') | reverse }}
      {% if messages[0]['role'] == 'system' %}{{ messages[0].content.startswith('be') }}{% else %}
      {{ raise_exception('no system') }}{% endif %}{{ [3, 1, 2] | sort | first }}{{ -5 | abs }}{{ 3.7 | round(1) | int }}
      """,
    ]

  private static let words =
    [
      "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "{{-", "-}}", "\n", " ", "|", ".", ",", "(", ")", "[", "]", "{",
      "}",
      ":", "'", "\"", "\\", "~", "+", "-", "*", "**", "/", "//", "%", "==", "!=", "<", ">=", "=", " in ", " not in ",
      " is ", " is not ", " and ", " or ", " not ", " if ", " else ", "none", "true", "0", "1", "-1", "1e308", "0x1F",
      "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1_000", "[0]", "[-1]", "[::-1]", "[1:]",
      "[::0]", "[:9223372036854775807]", "messages", "items", "tools", "loop", "loop.index", "loop.previtem",
      "loop.depth", "namespace(", "range(", "range(9223372036854775807)", "range(0,1,0)", "dict(", "lipsum()",
      "cycler(",
      "joiner()", "strftime_now('%", "raise_exception(", "{% for x in items %}", "{% endfor %}", "{% if x %}",
      "{% endif %}", "{% set x = ", "{% macro m(a) %}", "{% endmacro %}", "{{ m(m) }}", "{% break %}", "{% continue %}",
      "{% generation %}", "{% endgeneration %}", "{% include 'x' %}", "{% import 'x' as y %}", "{% filter upper %}",
      "{% raw %}", "{% endraw %}", "{% call m() %}", "{% endcall %}", "{{ loop(items) }}", " recursive",
    ]
    + [
      "abs", "attr('a')", "batch(2)", "capitalize", "center(9223372036854775807)", "center(20)", "count",
      "default('x')",
      "dictsort", "e", "escape", "filesizeformat", "first", "float", "format(1)", "groupby('role')", "indent(4)",
      "indent(9999999999)", "int(base=36)", "int", "items", "join(',')", "last", "length", "list", "lower",
      "map('upper')",
      "map(attribute='role')", "max", "min", "pprint", "random", "reject('none')", "rejectattr('x')",
      "replace('', 'x')",
      "reverse", "round(2)", "round(-400)", "round(400, 'floor')", "safe", "select('string')", "slice(3)", "slice(0)",
      "sort(attribute='role')", "string", "striptags", "sum", "title", "tojson(indent=1000000)", "tojson", "trim",
      "truncate(3)", "unique", "upper", "urlencode", "wordcount", "wordwrap(0)", "xmlattr",
    ].map { "|" + $0 } + [
      ".split()", ".split('')", ".strip()", ".format(1)", ".format(**x)", ".join(items)", ".items()", ".keys()",
      ".get('a', 1)", ".count('')", ".find('')", ".replace('', 'a', 3)", ".zfill(99999999999)", ".ljust(10)",
      ".upper()",
      ".encode()", ".append(1)", ".__class__", ".splitlines()", ".rsplit(None, 1)", ".title()", ".isdigit()",
      "'{:{}}'.format(1, 2)", "'{0[a]}'.format(x)", "'{:99999999999}'.format(1)", "'{:.99999999999f}'.format(1.5)",
      "'%*d' % (9999999999, 1)", "'%99999999999d' % 1", "'%.99999999999f' % 1.5", "'a' * 9999999999",
      "[1] * 9999999999",
      "2 ** 63", "2 ** 9999999999", "10 ** -400", "-9223372036854775808 // -1", "1 % 0", "0.0 / 0", "1e308 * 10",
    ]
}
