#include "node/peer/identity.h"

#include "tests/support/catch.h"

namespace millrace::node {

TEST_CASE("a certificate's URI names one node of one cluster") {
  const Uuid cluster{{1, 2, 3}};
  const auto good = name_uri({cluster, NodeId(12)});
  REQUIRE(good == "millrace://" + cluster.to_string() + "/node/12");
  REQUIRE(parse_name_uri(good) == CertifiedName{cluster, NodeId(12)});
  const auto with = [&](const std::string& node) {
    return "millrace://" + cluster.to_string() + "/node/" + node;
  };
  for (const auto& bad : {std::string(), std::string("https://example"), std::string("millrace://"),
                          std::string("millrace://short/node/1"), with(""), with("-1"), with("+1"),
                          with("01"), with(" 1"), with("1/"), with("99999999999"), with("1x")}) {
    INFO(bad);
    REQUIRE_FALSE(parse_name_uri(bad).has_value());
  }
}

TEST_CASE("a certificate has exactly one name, of this cluster") {
  const Uuid cluster{{1}};
  const auto mine = name_uri({cluster, NodeId(1)});
  const auto other = name_uri({Uuid{{2}}, NodeId(1)});
  REQUIRE(find_name({"https://example", mine}, cluster).value() ==
          CertifiedName{cluster, NodeId(1)});
  REQUIRE_ERROR(find_name({}, cluster), ErrorCode::kInvalidConfig);
  REQUIRE_ERROR(find_name({other}, cluster), ErrorCode::kInvalidConfig);
  REQUIRE_ERROR(find_name({mine, other}, cluster), ErrorCode::kInvalidConfig);
}

}  // namespace millrace::node
