"""Emits <api>.cc: how each struct is read, written and described."""

from cpp_types import (CALLS, condition, element_bytes_min, element_type, is_default,
                       is_optional, struct_scopes)

ENTRY_POINTS = """\
Status {name}::encode(Writer& writer, std::int16_t version) const {{
  RETURN_IF_ERROR(check_version(kName, version, kMinVersion, kMaxVersion));
  write(*this, writer, version);
  return writer.status();
}}

Result<{name}> {name}::decode(Reader& reader, std::int16_t version) {{
  RETURN_IF_ERROR(check_version(kName, version, kMinVersion, kMaxVersion));
  {name} message;
  read(message, reader, version);
  RETURN_IF_ERROR(reader.status());
  return message;
}}

std::string {name}::describe() const {{
  Describer describer;
  describe_to(describer);
  return describer.take();
}}

void {name}::describe_to(Describer& describer) const {{ render(*this, describer); }}

"""


class Emitter:
    """Collects lines at a depth of indentation."""

    def __init__(self):
        self.lines = []
        self.depth = 0

    def line(self, text):
        self.lines.append("  " * self.depth + text if text else "")

    def block(self, head, body, tail="}"):
        """`head {`, what body() emits, `tail`; without braces' line for head None."""
        if head is None:
            body()
            return
        self.line(head + " {")
        self.depth += 1
        body()
        self.depth -= 1
        self.line(tail)

    def text(self):
        return "\n".join(self.lines) + "\n"


class StructSource:
    """The three functions of one struct."""

    def __init__(self, out, message, struct, scope):
        self.out, self.message, self.struct, self.scope = out, message, struct, scope
        root = struct is message.root
        self.type = struct.name if root else f"{message.name}::{struct.name}"
        self.path = message.name if root else f"{message.name}.{struct.name}"
        self.flexible = condition(message.flexible, scope)
        self.plain = [f for f in struct.fields if f.tag is None and f.versions & scope]
        self.tagged = sorted((f for f in struct.fields if f.tag is not None), key=lambda f: f.tag)

    def label(self, field):
        return f'"{self.path}.{field.name}"'

    def lengths(self, field):
        return "lengths" if field.compact else "Lengths::kFixed"

    def element(self, field):
        if field.struct:
            return f"{self.message.name}::{field.struct.name}"
        return element_type(field)

    def declare_lengths(self):
        lengthy = any(f.is_array or not (f.type in CALLS or f.struct) for f in self.struct.fields)
        if not lengthy:
            return
        if self.flexible is None or self.flexible == "false":
            value = "Lengths::kFixed" if self.flexible else "Lengths::kCompact"
        else:
            value = f"{self.flexible} ? Lengths::kCompact : Lengths::kFixed"
        self.out.line(f"[[maybe_unused]] const Lengths lengths = {value};")

    def function(self, head, body):
        self.out.block(head, body)
        self.out.line("")

    # Reading

    def emit_read(self):
        def body():
            self.declare_lengths()
            for field in self.plain:
                test = condition(field.versions, self.scope)
                self.out.block(test and f"if ({test})", lambda: self.read_field(field))
            if self.flexible != "false":
                self.out.block(self.flexible and f"if ({self.flexible})", self.read_tags)
        self.function(f"void read({self.type}& m, Reader& r, [[maybe_unused]] std::int16_t v)", body)

    def read_tags(self):
        if not self.tagged:
            self.out.line("m.unknown_tags = r.tags();")
            return
        def cases():
            for field in self.tagged:
                self.out.block(f"case {field.tag}:", lambda: self.read_tag(field))
            self.out.line("default: return false;")
        self.out.block("m.unknown_tags = r.tags([&](std::uint32_t tag)",
                       lambda: self.out.block("switch (tag)", cases), "});")

    def read_tag(self, field):
        test = condition(field.versions, self.scope & self.message.flexible)
        if test:
            self.out.line(f"if (!({test})) return false;")
        self.read_field(field)
        self.out.line("return true;")

    def read_field(self, field):
        target, label, lengths = f"m.{field.name}", self.label(field), self.lengths(field)
        optional = is_optional(field, self.message)
        if field.is_array:
            usable = element_bytes_min(field, self.message, self.scope)
            call = "nullable_array" if optional else "array"
            self.out.line(f"{target} = r.{call}<{self.element(field)}>({lengths}, {usable}, {label},")
            self.out.line(f"    [&]({self.element(field)}& e) {{ {self.read_one(field, 'e')} }});")
        elif field.struct and optional:
            self.out.line(f"if (r.present({label})) {self.read_one(field, target + '.emplace()')}")
            self.out.line(f"else {target}.reset();")
        elif optional:
            self.out.line(f"{target} = r.nullable_{field.type}({lengths}, {label});")
        else:
            self.out.line(self.read_one(field, target))
        self.refuse_null(field, target, "r")

    def read_one(self, field, target):
        label = self.label(field)
        if field.struct:
            return f"read({target}, r, v);"
        if field.type in CALLS:
            value = f"r.{CALLS[field.type]}({label})"
            return f"{target} = {field.strong}({value});" if field.strong else f"{target} = {value};"
        return f"{target} = r.{field.type}({self.lengths(field)}, {label});"

    def refuse_null(self, field, target, codec):
        """For a field that may be null in some versions only."""
        test = condition(field.nullable, field.versions & self.scope)
        if is_optional(field, self.message) and test:
            self.out.line(f"if (!{target} && !({test})) {codec}.fail_null({self.label(field)});")

    # Writing

    def emit_write(self):
        def body():
            self.declare_lengths()
            for field in self.plain:
                self.write_versioned(field)
            if self.flexible != "false":
                self.out.block(self.flexible and f"if ({self.flexible})", self.write_tags)
            for field in self.tagged:
                self.refuse_unsupported(field)
            if self.flexible is not None:
                test = "" if self.flexible == "false" else f"!({self.flexible}) && "
                self.out.line(f"if ({test}!m.unknown_tags.empty()) "
                              f'w.fail_unsupported("{self.path}.unknown_tags", v);')
        self.function(
            f"void write(const {self.type}& m, Writer& w, [[maybe_unused]] std::int16_t v)", body)

    def write_versioned(self, field):
        test = condition(field.versions, self.scope)
        self.out.block(test and f"if ({test})", lambda: self.write_field(field))
        self.refuse_unsupported(field)

    def refuse_unsupported(self, field):
        test = condition(field.versions, self.scope)
        if test and not field.ignorable:
            unset = self.default_test(field)
            self.out.line(f"if (!({test}) && !({unset})) w.fail_unsupported({self.label(field)}, v);")

    def default_test(self, field):
        text = is_default(field, self.message, f"m.{field.name}")
        if field.struct and not is_optional(field, self.message) and not field.is_array:
            text = text.replace(f"{field.struct.name}()", f"{self.element(field)}()")
        return text

    def write_tags(self):
        if not self.tagged:
            self.out.line("w.tags(m.unknown_tags);")
            return
        self.out.line("TaggedFields tagged;")
        for field in self.tagged:
            test = condition(field.versions, self.scope & self.message.flexible)
            unset = f"!({self.default_test(field)})"
            self.out.block(f"if ({test} && {unset})" if test else f"if ({unset})",
                           lambda: self.out.block(f"tagged.add({field.tag}, [&](Writer& w)",
                                                  lambda: self.write_field(field), "});"))
        self.out.line("w.tags(std::move(tagged), m.unknown_tags);")

    def write_field(self, field):
        value, label, lengths = f"m.{field.name}", self.label(field), self.lengths(field)
        optional = is_optional(field, self.message)
        self.refuse_null(field, value, "w")
        if field.is_array and optional:
            self.out.block(f"if ({value})", lambda: self.write_array(field, f"(*{value})"))
            self.out.line(f"else w.null_array({lengths});")
        elif field.is_array:
            self.write_array(field, value)
        elif field.struct and optional:
            self.out.line(f"w.present({value}.has_value());")
            self.out.line(f"if ({value}) write(*{value}, w, v);")
        elif optional:
            self.out.line(f"w.nullable_{field.type}({lengths}, {value}, {label});")
        else:
            self.out.line(self.write_one(field, value))

    def write_array(self, field, value):
        self.out.line(f"w.array_count({self.lengths(field)}, {value}.size(), {self.label(field)});")
        self.out.line(f"for (const auto& e : {value}) {self.write_one(field, 'e')}")

    def write_one(self, field, value):
        if field.struct:
            return f"write({value}, w, v);"
        if field.type not in CALLS:
            return f"w.{field.type}({self.lengths(field)}, {value}, {self.label(field)});"
        if field.strong and field.type == "uuid":
            value += ".uuid()"
        elif field.strong == "KafkaError":
            value = f"static_cast<std::int16_t>({value})"
        elif field.strong:
            value += ".value()"
        return f"w.{CALLS[field.type]}({value});"

    # Describing, in the order of the wire

    def emit_render(self):
        def body():
            self.out.line("d.open();")
            for field in [f for f in self.struct.fields if f.tag is None] + self.tagged:
                self.render_field(field)
            self.out.line('if (d.wants(true, m.unknown_tags.empty())) '
                          'd.field("unknown_tags", m.unknown_tags);')
            self.out.line("d.close();")
        self.function(f"void render(const {self.type}& m, Describer& d)", body)

    def render_field(self, field):
        always = field.versions.covers(self.message.versions)
        optional = "false" if always and field.default is None and field.tag is None else "true"
        value = f"m.{field.name}"
        if field.secret:
            call = f'd.secret("{field.name}");'
        elif field.struct:
            call = (f'd.nested("{field.name}", {value}, [](const {self.element(field)}& e, '
                    'Describer& d) { render(e, d); });')
        else:
            call = f'd.field("{field.name}", {value});'
        self.out.line(f"if (d.wants({optional}, {self.default_test(field)})) {call}")


def source(api):
    out = Emitter()
    out.lines += [f"// Generated from proto/kafka/schemas/{api.path.name}; do not edit.",
                  f'#include "proto/kafka/messages/{api.snake}.h"', "",
                  '#include "proto/kafka/codec/describer.h"', '#include "proto/kafka/codec/reader.h"',
                  '#include "proto/kafka/codec/writer.h"', "",
                  "namespace millrace::kafka {", "namespace {", ""]
    for message in api.messages:
        scopes = struct_scopes(message)
        for struct in [*message.structs, message.root]:
            emitted = StructSource(out, message, struct, scopes[struct.name])
            emitted.emit_read()
            emitted.emit_write()
            emitted.emit_render()
    out.lines += ["}  // namespace", ""]
    out.lines += [ENTRY_POINTS.format(name=message.name) for message in api.messages]
    out.lines += ["}  // namespace millrace::kafka"]
    return out.text()
