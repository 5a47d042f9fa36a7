#!/usr/bin/python3
"""./dev bench node|quorum|compare|micro ...: measures, reports, never judges."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def main():
    what, arguments = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if what == "node":
        import node
        node.main(arguments)
    elif what == "quorum":
        import quorum
        quorum.main(arguments)
    elif what == "compare":
        from compare import main as compare
        compare.main(arguments)
    elif what == "micro":
        import micro
        micro.main(arguments)
    else:
        sys.exit("dev: bench node measures one node, bench quorum the metadata quorum, bench compare sets one node beside Apache Kafka, "
                 "bench micro measures the hot paths; --help for each")


if __name__ == "__main__":
    main()
