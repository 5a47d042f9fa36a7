"""The structure of the source as data: who may include whom, and what a core may not touch.

docs/architecture.md and docs/style.md explain the rules; tidy.py checks them.
"""

import re

# Every file belongs to the layer with the longest prefix. What a layer may include of ours are
# prefixes too; "=" in front of one means exactly that layer, without what lies below it.
LAYERS = {
    "base": ["base"],
    "proto/kafka/codec": ["base", "proto/kafka/codec", "proto/kafka/errors", "proto/kafka/messages"],
    "proto/kafka/errors": ["base", "proto/kafka/errors"],
    "proto/kafka/records": ["base", "proto/kafka/records"],
    "storage": ["base", "proto/kafka/records", "=storage"],
    "storage/posix": ["base", "storage"],
    "raft": ["base", "raft"],
    "controller": ["base", "controller"],
    "broker": ["base", "broker", "proto/kafka", "=storage", "controller/metadata"],
    "node": ["base", "broker", "controller", "node", "proto/kafka/records", "raft", "storage"],
    "node/metadata_log": ["base", "controller", "node/metadata_log", "proto/kafka/records", "raft", "=storage"],
    "node/peer": ["base", "node/config/version.h", "node/log", "node/loops", "node/net", "node/peer", "proto/peer.grpc.pb.h", "proto/peer.pb.h",
                  "raft"],
    "cli": ["base", "cli", "proto/kafka"],
    "tests": ["base", "broker", "cli", "controller", "node", "proto", "raft", "storage", "tests"],
}

# One file that may include more than its layer.
EXCEPTIONS = {
    "controller/metadata/codec.cc": ["proto/metadata.pb.h"],
}

# Headers of libraries, by the folders and files that may include them. What is not named here is
# free for all: the standard library, fmt, abseil, tl::expected.
LIBRARIES = {
    r"(boost|openssl)/.*": ["node", "cli/client", "tests"],
    r"google/protobuf/.*|.*\.pb\.h": ["controller/metadata/codec.cc", "node/peer"],
    r"grpc(pp)?/.*": ["node/peer", "tests/unit/node/peer"],
    r"rocksdb/.*": ["storage/kv"],
    r"prometheus/.*": ["node/http", "tests"],
    r"spdlog/.*": ["node/log"],
    r"librdkafka/.*": ["cli/records", "tests"],
    r"(CLI|nlohmann)/.*": ["cli", "node", "tests"],
    r"isa-l/.*": ["base/crc32c.cc"],
    r"zlib\.h|zstd\.h|lz4.*\.h|snappy.*\.h": ["proto/kafka/records", "tests"],
    r"catch2/.*": ["tests"],
    # The operating system.
    r"(sys|net|netinet|arpa)/.*|(unistd|fcntl|dirent|pthread|poll|signal|netdb|ifaddrs)\.h|csignal":
        ["storage/posix", "node", "cli", "tests"],
    r"thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|latch|barrier|stop_token|random":
        ["storage/posix", "node", "cli", "tests"],
}
# Headers that are heavy to compile stay out of ours: each would be paid for in every file.
HEAVY = r"(boost/asio|boost/beast|grpc|grpcpp|rocksdb|google/protobuf|spdlog|prometheus)[./].*|.*\.pb\.h"

# Cores: everything they decide follows from their input. node/metadata_log is one too.
CORES = ["raft", "controller", "broker", "storage", "proto/kafka", "node/metadata_log"]
NOT_CORES = ["storage/posix", "storage/kv"]
CORE_WORDS = {
    r"\bstd::(jthread|thread|mutex|shared_mutex|condition_variable|atomic|future|promise|async)\b":
        "a core has one owner and no threads",
    r"\b(system_clock|steady_clock|high_resolution_clock)\b|\b(gettimeofday|clock_gettime|time)\(":
        "time comes in as an argument",
    r"\b(random_device|mt19937(_64)?|default_random_engine|std::rand|srand)\b": "randomness comes in as Random&",
    r"\b(std::)?(secure_)?getenv\(": "settings come in as values",
    r"\b(sleep_for|sleep_until|usleep|nanosleep)\b": "a core never waits",
    r"\bstd::(ifstream|ofstream|fstream|filesystem|cout|cerr|clog)\b|\b(printf|fprintf|fopen)\(":
        "files are reached through FileSystem",
    r"\bstd::unordered_(map|set|multimap|multiset)\b": "its order differs from run to run; use map or a sorted vector",
    r"\b(absl::Hash|std::hash)\b": "its values differ from run to run",
    r"^\s*(static|inline|thread_local|static thread_local)\s+(?!constexpr|const\b|assert|_assert)[\w:<>,\s*&]+\s\w+(\s*=.*|\{.*\})?;":
        "mutable state belongs to an object with an owner",
}
# A hash table of abseil is allowed in a core on a line that says it is never iterated.
HASH_TABLE = re.compile(r"\babsl::(flat|node)_hash_(map|set)<")
NEVER_ITERATED = "// never iterated"

# Everywhere.
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
TEST_SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.])sleep\(\d")
# Pauses inside tests/ are allowed where a process is watched or a fault chooses its moment.
MAY_PAUSE = ["tests/integration/harness.py", "tests/integration/kill9_test.py", "tests/bench", "tests/tidy"]
PYTHON_SLEEP = re.compile(r"\btime\.sleep\(")
