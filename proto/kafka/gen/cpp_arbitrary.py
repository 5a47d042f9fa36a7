"""Emits <api>_arbitrary.cc, for tests: fills a message with random content that its version carries."""

from cpp_source import StructSource, Emitter
from cpp_types import condition, is_optional, struct_scopes


class ArbitrarySource(StructSource):
    def emit_fill(self):
        def body():
            for field in self.struct.fields:
                if field.versions & self.scope:
                    test = condition(field.versions, self.scope)
                    self.out.block(test and f"if ({test})", lambda: self.fill_field(field))
            if self.flexible != "false":
                self.out.block(self.flexible and f"if ({self.flexible})",
                               lambda: self.out.line("m.unknown_tags = a.unknown_tags();"))
        self.function(f"void fill({self.type}& m, [[maybe_unused]] Arbitrary& a, "
                      "[[maybe_unused]] std::int16_t v)", body)

    def fill_field(self, field):
        target = f"m.{field.name}"
        if not is_optional(field, self.message):
            self.out.line(self.fill_value(field, target, target))
            return
        may = condition(field.nullable, field.versions & self.scope) or "true"
        self.out.line(f"if ({may} && a.null()) {target}.reset();")
        self.out.block("else", lambda: self.out.line(
            f"{target}.emplace(); " + self.fill_value(field, target, f"(*{target})")))

    def fill_value(self, field, target, value):
        if field.is_array:
            return f"a.array({value}, [&](auto& e) {{ {self.fill_one(field, 'e')} }});"
        return self.fill_one(field, value)

    def fill_one(self, field, value):
        if field.struct:
            return f"fill({value}, a, v);"
        made = f"a.{'boolean' if field.type == 'bool' else field.type}()"
        return f"{value} = {field.strong}({made});" if field.strong else f"{value} = {made};"


def arbitrary(api):
    out = Emitter()
    out.lines += [f"// Generated from proto/kafka/schemas/{api.path.name}; do not edit.",
                  '#include "tests/unit/proto/kafka/codec/arbitrary.h"', "",
                  "namespace millrace::kafka {", "namespace {", ""]
    for message in api.messages:
        scopes = struct_scopes(message)
        for struct in message.structs:
            ArbitrarySource(out, message, struct, scopes[struct.name]).emit_fill()
    out.lines += ["}  // namespace", ""]
    for message in api.messages:
        ArbitrarySource(out, message, message.root, message.versions).emit_fill()
    out.lines += ["}  // namespace millrace::kafka"]
    return out.text()
