#!/usr/bin/python3
"""Plants one breach of every rule in a small tree, and demands that tidy finds each, and only it."""

import pathlib
import tempfile
import unittest

import tidy

CLEAN = {
    "base/ids.h": "#pragma once\n#include <string>\n",
    "base/random.h": "#pragma once\n",
    "storage/log.h": '#pragma once\n#include "base/ids.h"\n#include "base/random.h"\n',
    "storage/log.cc": '#include "storage/log.h"\n// the time( of a mutex, std::thread: prose\n'
                      'constexpr int kSeconds = 3;\nstatic constexpr int kOther = 4;\n'
                      'absl::flat_hash_map<int, int> map_;  // never iterated\n'
                      'auto text = "std::mutex // is a word";\n',
    "storage/posix/file.cc": '#include <unistd.h>\n#include "storage/log.h"\n',
    "controller/metadata/codec.cc": '#include "proto/metadata.pb.h"\n',
    "node/peer/peer.cc": "#include <grpcpp/grpcpp.h>\n",
    "node/main.cc": "#include <thread>\n#include <boost/asio.hpp>\nint x = TODOS;\n",
    "tests/unit/a_test.cc": '#include "storage/log.h"\n#include <catch2/catch.hpp>\n',
    "docs/page.md": "See [the log](../storage/log.h) and [elsewhere](https://example.org/x.md#y).\n",
}

# What is planted, and a part of what tidy says about it.
BREACHES = [
    ("base/b.cc", '#include "storage/log.h"\n', "base may not include"),
    ("storage/s.cc", '#include "node/loop.h"\n', "storage may not include"),
    ("storage/s.cc", '#include "storage/posix/file.h"\n', "storage may not include"),
    ("broker/b.cc", '#include "controller/controller.h"\n', "broker may not include"),
    ("broker/b.cc", '#include "storage/posix/file.h"\n', "broker may not include"),
    ("controller/c.cc", '#include "proto/metadata.pb.h"\n', "may not include"),
    ("raft/r.cc", '#include "storage/log.h"\n', "raft may not include"),
    ("node/metadata_log/m.cc", '#include "node/loops/loop.h"\n', "node/metadata_log may not include"),
    ("cli/c.cc", '#include "broker/shard.h"\n', "cli may not include"),
    ("node/n.cc", '#include "tests/support/catch.h"\n', "node may not include"),
    ("node/n.cc", '#include "somewhere/else.h"\n', "in no layer"),
    ("storage/s.cc", "#include <unistd.h>\n", "belongs to"),
    ("broker/b.cc", "#include <mutex>\n", "belongs to"),
    ("broker/b.cc", "#include <boost/asio.hpp>\n", "belongs to"),
    ("node/n.cc", "#include <grpcpp/channel.h>\n", "belongs to"),
    ("storage/s.cc", "#include <rocksdb/db.h>\n", "belongs to"),
    ("node/n.h", "#pragma once\n#include <boost/asio/io_context.hpp>\n", "is heavy"),
    ("storage/s.h", "#include <string>\n", "#pragma once"),
    ("storage/s.h", "#pragma once\n", "no file includes"),
    ("storage/s.cc", "std::mutex mutex;\n", "no threads"),
    ("broker/b.cc", "auto now = std::chrono::steady_clock::now();\n", "time comes in"),
    ("raft/r.cc", "std::mt19937 engine;\n", "randomness"),
    ("controller/c.cc", 'auto home = getenv("HOME");\n', "settings come in"),
    ("node/metadata_log/m.cc", "std::this_thread::sleep_for(x);\n", "never waits"),
    ("storage/s.cc", 'std::ifstream file("x");\n', "through FileSystem"),
    ("broker/b.cc", "std::unordered_map<int, int> map;\n", "order differs"),
    ("broker/b.cc", "auto hash = absl::Hash<int>{}(1);\n", "values differ"),
    ("broker/b.cc", "absl::flat_hash_map<int, int> map_;\n", "never iterated"),
    ("broker/b.cc", "static int counter = 0;\n", "mutable state"),
    ("broker/b.cc", "  inline static std::map<int, int> cache;\n", "mutable state"),
    ("broker/b.cc", "thread_local std::string scratch;\n", "mutable state"),
    ("tests/unit/b_test.cc", "std::this_thread::sleep_for(x);\n", "no test sleeps"),
    ("tests/integration/b_test.py", "time.sleep(1)\n", "no test sleeps"),
    ("node/n.cc", "// TODO: later\n", "a leftover"),
    ("node/n.cc", "int x; \n", "white space"),
    ("docs/b.md", "[gone](gone.md)\n", "leads nowhere"),
]


class TidyTest(unittest.TestCase):
    def findings(self, extra):
        """(path, what) of every finding about the clean tree and `extra`."""
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            files = {**CLEAN, **extra}
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            return [(path, what) for path, _, what in tidy.check(root, sorted(files))]

    def test_clean_tree(self):
        self.assertEqual(self.findings({}), [])

    def test_each_breach_is_found_where_it_was_planted(self):
        for path, text, expected in BREACHES:
            with self.subTest(path=path, text=text):
                found = self.findings({path: text})
                self.assertTrue(any(at == path and expected in what for at, what in found), found)
                self.assertEqual({at for at, _ in found}, {path})

    def test_comments_and_strings_are_prose(self):
        prose = "// std::mutex, getenv(x), sleep_for\nauto text = \"std::thread getenv(\";\n"
        self.assertEqual(self.findings({"storage/s.cc": prose}), [])


if __name__ == "__main__":
    unittest.main()
