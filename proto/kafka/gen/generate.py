"""Turns the schemas of Kafka's protocol into C++. Called by proto/CMakeLists.txt:

    generate.py api FILE.schema OUT        <api>.h and <api>.cc
    generate.py arbitrary FILE.schema OUT  <api>_arbitrary.cc, for tests
    generate.py tables OUT FILE.schema...  api_table.inc, messages.inc, all.h
"""

import sys
from pathlib import Path

from cpp_arbitrary import arbitrary
from cpp_header import header
from cpp_source import source
from schema import VERSION_MAX, SchemaError, parse_file


def api_table(apis):
    """MILLRACE_KAFKA_API(key, Name, advertised min, min, max, first flexible)"""
    lines = ["// Generated: every API of ours, in the order of the keys. MILLRACE_KAFKA_API(key, name,",
             "// smallest advertised version, smallest and largest served, first flexible)."]
    for api in apis:
        first_flexible = api.flexible.first if api.flexible else VERSION_MAX
        lines.append(f"MILLRACE_KAFKA_API({api.key}, {api.name}, {api.advertise.first}, "
                     f"{api.versions.first}, {api.versions.last}, {first_flexible})")
    return "\n".join(lines) + "\n"


def messages_list(apis):
    """MILLRACE_KAFKA_MESSAGE(MetadataRequest)"""
    lines = ["// Generated: every message."]
    lines += [f"MILLRACE_KAFKA_MESSAGE({message.name})" for api in apis for message in api.messages]
    return "\n".join(lines) + "\n"


def all_header(apis):
    lines = ["// Generated: for tests; include the header of one API everywhere else.", "#pragma once", ""]
    lines += [f'#include "proto/kafka/messages/{api.snake}.h"' for api in apis]
    return "\n".join(lines) + "\n"


def tables(paths):
    apis = sorted((parse_file(path) for path in paths),
                  key=lambda api: VERSION_MAX + 1 if api.key is None else api.key)
    for before, after in zip(apis, apis[1:]):
        if before.key is not None and before.key == after.key:
            raise SchemaError(after.path, 1, f"key {after.key} belongs to {before.name}")
    return {"api_table.inc": api_table([api for api in apis if api.key is not None]),
            "messages.inc": messages_list(apis), "all.h": all_header(apis)}


def main(arguments):
    if len(arguments) < 3 or arguments[0] not in ("api", "arbitrary", "tables"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if arguments[0] == "tables":
            out, files = Path(arguments[1]), tables(arguments[2:])
        else:
            api, out = parse_file(arguments[1]), Path(arguments[2])
            if arguments[0] == "api":
                files = {f"{api.snake}.h": header(api), f"{api.snake}.cc": source(api)}
            else:
                files = {f"{api.snake}_arbitrary.cc": arbitrary(api)}
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 1
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
